"""Make JSON Schema of a TypedDict whose lines say what they mean, so that the document forgets no field."""

from __future__ import annotations

from enum import StrEnum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

from appliance.web.openapi.words import Json, many, table

PLAIN: dict[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}


def schema(kind: Any) -> Json:
    """Return the JSON Schema of a type.

    kind: a plain type, a TypedDict, list, dict, Literal, StrEnum or X | None of these; or Annotated with a
    description, and with pairs such as ("minimum", 0). Raises TypeError for any other.
    """
    origin, inside = get_origin(kind), get_args(kind)
    if kind in PLAIN:
        return {"type": PLAIN[kind]}
    if is_typeddict(kind):
        hints = get_type_hints(kind, include_extras=True)
        return table({name: schema(hint) for name, hint in hints.items()})
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return {"enum": [each.value for each in kind]}
    if origin is Annotated:
        return _annotated(*inside)
    if origin is Literal:
        return {"enum": list(inside)}
    if origin in (Union, UnionType):
        return _union(inside)
    if origin is list:
        return many(schema(inside[0]))
    if origin is dict:
        return {"type": "object", "additionalProperties": schema(inside[1])}
    raise TypeError(f"no JSON Schema for {kind}")


def _annotated(kind: Any, *words: str | tuple[str, Any]) -> Json:
    made = schema(kind)
    for word in words:
        made |= {"description": word} if isinstance(word, str) else dict([word])
    return made


def _union(kinds: tuple[Any, ...]) -> Json:
    made = [schema(kind) for kind in kinds if kind is not NoneType]
    if all(set(each) == {"enum"} for each in made):
        made = [{"enum": [value for each in made for value in each["enum"]]}]
    if NoneType not in kinds:
        return made[0] if len(made) == 1 else {"oneOf": made}
    if len(made) == 1 and isinstance(made[0].get("type"), str) and set(made[0]) == {"type"}:
        return {"type": [made[0]["type"], "null"]}
    return {"oneOf": [*made, {"type": "null"}]}
