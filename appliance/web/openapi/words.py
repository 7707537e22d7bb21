"""The few turns of phrase that the OpenAPI document is made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]

REASONS = {
    400: "Not understood",
    401: "Not logged in",
    403: "Not allowed",
    404: "Not there",
    409: "There already",
    411: "Content-Length is missing",
    413: "Too large",
    415: "Wrong type",
    421: "Not the box's name",
    422: "Makes no sense; nothing was changed",
    429: "Too many tries; Retry-After says when",
    503: "Not now",
    507: "The disk is full",
}
ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {"error": {"type": "string"}, "problems": {"type": "array", "items": {"type": "string"}}},
}


def ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def table(properties: Json, optional: Sequence[str] = ()) -> Json:
    """An object that has all of these."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "required": required, "properties": properties}


def many(schema: Json) -> Json:
    return {"type": "array", "items": schema}


def answer(schema: Json, words: str = "Done") -> Json:
    return {"description": words, "content": {"application/json": {"schema": schema}}}


def errors(*statuses: int) -> Json:
    return {str(status): answer(ERROR, REASONS[status]) for status in statuses}


def body(schema: Json, kind: str = "application/json", is_needed: bool = True) -> Json:
    strict = schema | ({"additionalProperties": False} if schema.get("type") == "object" else {})
    return {"required": is_needed, "content": {kind: {"schema": strict}}}


def query(name: str, schema: Json, required: bool = False) -> list[Json]:
    return [{"name": name, "in": "query", "required": required, "schema": schema}]


def place(name: str, schema: Json) -> Json:
    """A part of the path."""
    return {"name": name, "in": "path", "required": True, "schema": schema}


def operation(
    summary: str,
    good: Json,
    bad: Json | None = None,
    parameters: Sequence[Json] = (),
    sent: Json | None = None,
    status: int = 200,
) -> Json:
    """One method of one path; everybody may be refused at the door as well."""
    responses = {str(status): good, **errors(401, 403, 421), **(bad or {})}
    made: Json = {"summary": summary, "responses": responses}
    if parameters:
        made["parameters"] = list(parameters)
    if sent:
        made["requestBody"] = sent
    return made
