"""The few building blocks that the OpenAPI document is made of."""

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
"""What each status means, in the document."""
ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {"error": {"type": "string"}, "problems": {"type": "array", "items": {"type": "string"}}},
}


def ref(name: str) -> Json:
    """Refer to a schema of the document by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def table(properties: Json, optional: Sequence[str] = ()) -> Json:
    """Describe an object that has all of these properties, but perhaps the optional ones."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "required": required, "properties": properties}


def many(schema: Json) -> Json:
    """Describe a list."""
    return {"type": "array", "items": schema}


def answer(schema: Json, words: str = "Done") -> Json:
    """Describe an answer in JSON."""
    return {"description": words, "content": {"application/json": {"schema": schema}}}


def errors(*statuses: int) -> Json:
    """Describe the answers of these statuses."""
    return {str(status): answer(ERROR, REASONS[status]) for status in statuses}


def body(schema: Json, kind: str = "application/json", is_needed: bool = True) -> Json:
    """Describe the body of a request; an object in it may have no other properties."""
    strict = schema | ({"additionalProperties": False} if schema.get("type") == "object" else {})
    return {"required": is_needed, "content": {kind: {"schema": strict}}}


def query(name: str, schema: Json, required: bool = False) -> list[Json]:
    """Describe a parameter of the query."""
    return [{"name": name, "in": "query", "required": required, "schema": schema}]


def place(name: str, schema: Json) -> Json:
    """Describe a parameter in the path."""
    return {"name": name, "in": "path", "required": True, "schema": schema}


def operation(
    summary: str,
    good: Json,
    bad: Json | None = None,
    parameters: Sequence[Json] = (),
    sent: Json | None = None,
    status: int = 200,
) -> Json:
    """Describe one method of one path; to what it may answer come the refusals at the door."""
    responses = {str(status): good, **errors(401, 403, 421), **(bad or {})}
    made: Json = {"summary": summary, "responses": responses}
    if parameters:
        made["parameters"] = list(parameters)
    if sent:
        made["requestBody"] = sent
    return made
