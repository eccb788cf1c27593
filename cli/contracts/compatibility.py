"""Does a new schema break a consumer that was written against the old one?

A consumer may rely on: every property it knew is still there, still required if it was, of no new type, and none of a
closed set's values is new. Adding properties is no break: consumers ignore what they do not know.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]


def breaking_changes(old: Schema, new: Schema) -> list[str]:
    """What breaks from `old` to `new`, one line each with its place; empty where nothing does."""
    return list(_compare(old, new, old, new, "", frozenset()))


def _compare(
    old: Schema, new: Schema, old_root: Schema, new_root: Schema, at: str, seen: frozenset[str]
) -> Iterator[str]:
    pair = f"{old.get('$ref')}→{new.get('$ref')}"
    if "$ref" in old and pair in seen:
        return
    seen = seen | {pair}
    old, new = _resolve(old, old_root), _resolve(new, new_root)
    added = _types(new, new_root) - _types(old, old_root)
    if added:
        yield f"{at or '/'}: may now be {', '.join(sorted(added))}"
    values = set(new.get("enum", [])) - set(old.get("enum", new.get("enum", [])))
    if values or ("enum" in old and "enum" not in new):
        yield f"{at or '/'}: new values {', '.join(sorted(map(str, values))) or 'of any kind'}"
    for name, was in old.get("properties", {}).items():
        place = f"{at}/{name}"
        if name not in new.get("properties", {}):
            yield f"{place}: removed"
            continue
        if name in old.get("required", []) and name not in new.get("required", []):
            yield f"{place}: no longer always there"
        yield from _compare(was, new["properties"][name], old_root, new_root, place, seen)
    if "items" in old and "items" in new:
        yield from _compare(old["items"], new["items"], old_root, new_root, f"{at}[]", seen)
    yield from _compare_variants(old, new, old_root, new_root, at, seen)


def _compare_variants(
    old: Schema, new: Schema, old_root: Schema, new_root: Schema, at: str, seen: frozenset[str]
) -> Iterator[str]:
    """Of a union, the variants of the same name are compared; a type that is new was told by the caller."""
    known = {_label(variant): variant for variant in old.get("anyOf", [])}
    for variant in new.get("anyOf", []):
        if _label(variant) in known:
            yield from _compare(known[_label(variant)], variant, old_root, new_root, at, seen)


def _label(schema: Schema) -> str:
    return str(schema.get("$ref") or schema.get("type"))


def _resolve(schema: Schema, root: Schema) -> Schema:
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def _types(schema: Schema, root: Schema) -> set[str]:
    """The JSON types a schema allows, through references and unions."""
    schema = _resolve(schema, root)
    if "anyOf" in schema:
        return {kind for variant in schema["anyOf"] for kind in _types(variant, root)}
    kind = schema.get("type", [])
    return {kind} if isinstance(kind, str) else set(kind)
