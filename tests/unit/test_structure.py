"""What the layers' contracts in pyproject.toml cannot say."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = [path for folder in ("cli", "services", "shared") for path in sorted((ROOT / folder).rglob("*.py"))]


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module.split(".")[0])
    return names


def test_the_embedded_engines_are_run_and_never_imported() -> None:
    # SecantusDB is GPL-2.0: a program beside ours, not a part of it (LICENSE-NOTES.md).
    for path in CODE:
        assert not imported(path) & {"secantus", "noida_db"}, path


def test_only_settings_read_the_environment() -> None:
    # Starting a child process hands the environment on; reading a setting from it belongs to shared/settings.py.
    for path in CODE:
        reads = re.search(r"os\.getenv|environ\.get\(|environ\[\"GOUJI_", path.read_text(encoding="utf-8"))
        assert reads is None, path


def test_every_module_says_what_it_is_for() -> None:
    for path in CODE:
        text = path.read_text(encoding="utf-8")
        assert not text.strip() or ast.get_docstring(ast.parse(text)), path


def test_no_module_is_named_after_nothing() -> None:
    nameless = {"utils", "helpers", "common", "manager", "misc", "util"}
    assert not [path for path in CODE if path.stem in nameless]


def test_the_audit_is_only_ever_added_to() -> None:
    touching = {path for path in CODE if re.search(r"\bAUDIT\b", path.read_text(encoding="utf-8"))}
    assert {path.name for path in touching} == {"records.py", "audit.py"}
    written = (ROOT / "shared" / "audit.py").read_text(encoding="utf-8")
    assert set(re.findall(r"database\[AUDIT\.name\]\.(\w+)", written)) == {"insert", "all"}
    decided = (ROOT / "services" / "store" / "decisions.py").read_text(encoding="utf-8")
    assert set(re.findall(r"database\[DECISIONS\.name\]\.(\w+)", decided)) == {"insert", "all"}
