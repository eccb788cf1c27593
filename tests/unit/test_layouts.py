import shutil
from pathlib import Path

import pytest

from shared.errors import InvalidCatalogue
from shared.layouts import FOLDER, compile_layouts, load_layouts
from shared.strict_yaml import read_yaml


def test_every_layout_file_is_read_and_every_pattern_compiles() -> None:
    layouts = load_layouts()
    assert len(layouts.tables) >= 10
    for table in layouts.tables:
        assert table.column(("no such column",)) is None
        keys = {column.key for column in table.columns}
        assert keys.issuperset(table.requires), table.type


def test_the_compiled_layouts_are_those_of_the_files() -> None:
    """`make layouts` renews them."""
    assert Path(FOLDER, "compiled.json").read_text(encoding="utf-8") == compile_layouts()


def test_a_changed_layout_file_counts_before_it_is_compiled(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(FOLDER, tmp_path / "layouts"))
    assert load_layouts(folder) == load_layouts()
    changed = folder / "tables" / "universities.yaml"
    changed.write_text(changed.read_text(encoding="utf-8").replace("edition: universities", "edition: other"), "utf-8")
    assert "other" in {table.edition for table in load_layouts(folder).tables}


def test_no_title_belongs_to_two_types_of_one_kind() -> None:
    seen: dict[tuple[str, str], str] = {}
    for table in load_layouts().tables:
        for title in table.titles:
            assert seen.setdefault((table.kind, title), table.type) == table.type, title


def test_a_key_given_twice_is_refused_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "twice.yaml"
    path.write_text("a: 1\nb: 2\na: 3\n", encoding="utf-8")
    with pytest.raises(InvalidCatalogue, match="given twice"):
        read_yaml(path, dict[str, int])


def test_a_value_of_the_wrong_shape_is_refused_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "shape.yaml"
    path.write_text("a: one\n", encoding="utf-8")
    with pytest.raises(InvalidCatalogue, match="a: "):
        read_yaml(path, dict[str, int])
