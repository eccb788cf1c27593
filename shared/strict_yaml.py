"""YAML as rules and layouts are written: duplicate keys are refused, and every scalar stays text unless typed.

PyYAML keeps the last of two equal keys without a word; a rule pasted twice would silently win.
"""

from collections.abc import Hashable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from shared.errors import InvalidCatalogue

T = TypeVar("T")


try:
    from yaml import CSafeLoader as _SafeLoader  # libyaml: several times as fast at start
except ImportError:
    from yaml import SafeLoader as _SafeLoader  # type: ignore[assignment]


class _StrictLoader(_SafeLoader):
    """SafeLoader that refuses a key given twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"key {key!r} given twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path, shape: type[T]) -> T:
    """Read `path` as `shape` (a pydantic type). Raises `InvalidCatalogue` naming the file, the place and the fault."""
    return parse_yaml(path.read_text(encoding="utf-8"), shape, path.name)


def parse_yaml(text: str, shape: type[T], name: str) -> T:
    """Read `text` as `shape` (a pydantic type). Raises `InvalidCatalogue` with `name`, the place and the fault."""
    try:
        return TypeAdapter(shape).validate_python(yaml.load(text, Loader=_StrictLoader))
    except yaml.YAMLError as error:
        raise InvalidCatalogue(file=name, detail=str(error)) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = "/".join(str(part) for part in first["loc"])
        raise InvalidCatalogue(file=name, detail=f"{where}: {first['msg']}") from error
