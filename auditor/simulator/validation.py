"""What is wrong with a request: body fields as the catalogue knows them, query parameters."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from auditor import conditions
from auditor.catalogue import Catalogue
from auditor.rows import BodyRow, Operation
from auditor.simulator.messages import (
    UNSUPPORTED_MEDIA,
    Call,
    Reply,
    UnreadableBodyError,
    invalid,
    malformed,
)
from auditor.simulator.records import KEYS

CONDITIONS = ("conditions", "childConditions", "customFieldConditions")
PATCH_OPS = frozenset({"add", "replace", "remove"})
BODIES = frozenset({"POST", "PUT", "PATCH"})
DOCUMENTS = "POST /system/documents"

Exists = Callable[[str, dict[str, Any]], bool]
Failure = dict[str, str]


def validate(
    call: Call, operation: Operation, catalogue: Catalogue, exists: Exists
) -> Reply | None:
    """Return the 400 (or 415) for a request that is not valid, None for one that is.

    `exists` tells whether a reference type and value lead to a record.
    """
    if operation.method not in BODIES:
        return query_fault(call.query)
    if operation.id == DOCUMENTS:
        is_upload = call.headers.get("content-type", "").startswith("multipart/form-data")
        return None if is_upload else UNSUPPORTED_MEDIA
    try:
        document = call.document
    except UnreadableBodyError as error:
        return malformed(f"The body is not JSON: {error}.")
    if operation.kind == "search":
        return _search_fault(document) or query_fault(call.query)
    if operation.method == "PATCH":
        return _patch_fault(document, operation, catalogue, exists)
    return _body_fault(document, operation, catalogue, exists)


def query_fault(query: dict[str, str]) -> Reply | None:
    """Return the 400 for conditions, page, pageSize or pageId that cannot be read."""
    for name in CONDITIONS:
        if reply := _condition_fault(name, query.get(name.lower(), "")):
            return reply
    for name in ("page", "pageSize", "pageId"):
        value = query.get(name.lower(), "1")
        if not (value.isascii() and value.isdigit() and len(value) < 12):
            return malformed(f"{name} must be a whole number, not {value[:40]!r}.")
    return None


def resource_name(body: str) -> str:
    """Return how errors call a resource: `Ticket` is `ticket`."""
    name = body.removeprefix("[]") or "request"
    return name[:1].lower() + name[1:]


def _condition_fault(name: str, text: Any) -> Reply | None:
    if text in ("", None):
        return None
    try:
        conditions.parse(text if isinstance(text, str) else repr(text))
    except conditions.ConditionError as error:
        return malformed(f"{name}: {error} {error.hint}")
    return None


def _search_fault(document: Any) -> Reply | None:
    if document is not None and not isinstance(document, dict):
        return malformed("A search takes a JSON object.")
    asked = {name.lower(): value for name, value in (document or {}).items()}
    for name in CONDITIONS:
        if reply := _condition_fault(name, asked.get(name.lower())):
            return reply
    return None


def _patch_fault(
    document: Any, operation: Operation, catalogue: Catalogue, exists: Exists
) -> Reply | None:
    if not isinstance(document, list) or not all(_is_patch(step) for step in document):
        return malformed("PATCH takes a list of {op, path, value}; op is add, replace or remove.")
    fields = dict(_patched_field(step) for step in document)
    errors = list(_field_faults(fields, operation.returns, catalogue, exists))
    return invalid(resource_name(operation.returns), errors) if errors else None


def _patched_field(step: dict[str, Any]) -> tuple[str, Any]:
    """Return the field a step sets; `company/id` sets a reference."""
    field, _, key = step["path"].strip("/").partition("/")
    value = step.get("value")
    return (field, {key: value}) if key in KEYS else (step["path"].strip("/"), value)


def _is_patch(step: Any) -> bool:
    return (
        isinstance(step, dict) and step.get("op") in PATCH_OPS and isinstance(step.get("path"), str)
    )


def _body_fault(
    document: Any, operation: Operation, catalogue: Catalogue, exists: Exists
) -> Reply | None:
    many = operation.body.startswith("[]")
    if document is None and not operation.required:
        return None
    items = document if many else [{} if document is None else document]
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        return malformed(f"The body must be a JSON {'list of objects' if many else 'object'}.")
    body = operation.body.removeprefix("[]")
    name = resource_name(body)
    errors = [
        error
        for item in items
        for error in (
            *_missing(item, operation.required.split(), name),
            *_field_faults(item, body, catalogue, exists),
        )
    ]
    return invalid(name, errors) if errors else None


def _missing(item: dict[str, Any], required: Iterable[str], name: str) -> Iterator[Failure]:
    for field in required:
        if item.get(field) in (None, ""):
            yield _failure("MissingRequiredField", f"{field} is required.", name, field)


def _field_faults(
    item: dict[str, Any], body: str, catalogue: Catalogue, exists: Exists
) -> Iterator[Failure]:
    for row in catalogue.bodies.get(body, ()):
        value = item.get(row.field)
        if value is not None and (found := _fault(row, value, exists)):
            code, message = found
            yield _failure(code, message, resource_name(body), row.field)


def _fault(row: BodyRow, value: Any, exists: Exists) -> tuple[str, str] | None:
    if row.type.endswith("Reference"):
        values = value if row.type.startswith("[]") and isinstance(value, list) else [value]
        if not all(isinstance(each, dict) for each in values):
            return "UnsupportedFormat", f"{row.field} must be a reference such as {{id: 1}}."
        if not all(exists(row.type, each) for each in values):
            return "NotFound", f"{row.field} was not found."
    elif isinstance(value, str) and row.max_length.isdigit() and len(value) > int(row.max_length):
        return "MaxLengthField", f"{row.field} exceeds the max length of {row.max_length}."
    return None


def _failure(code: str, message: str, resource: str, field: str) -> Failure:
    return {"code": code, "message": message, "resource": resource, "field": field}
