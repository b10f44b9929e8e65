"""One operation → the one harmless request that exercises it, or the reason to send none."""

import json
import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, urlencode

from auditor.catalogue import Catalogue
from auditor.rows import BodyRow, Operation, shape

ABSENT_ID = 2147483647  # the largest 32-bit id: the last one a PSA could ever give away
ABSENT_NAME = "psa-audit-absent"
LONGEST = 1000  # characters; a longer maximum would make the probe itself large
SAMPLED = "{sampled}"  # stands for the id that the sample read found

_PARAMETER = re.compile(r"\{([^}]*)\}")
_NUMERIC = {"id", "parentid", "grandparentid", "podid"}


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request below the API's base address; `query` is encoded, `body` is JSON text."""

    method: str
    path: str
    query: str = ""
    body: str = ""

    @property
    def line(self) -> str:
        """Return `METHOD /path?query`."""
        return f"{self.method} {self.path}{'?' if self.query else ''}{self.query}"


@dataclass(frozen=True, slots=True)
class Recipe:
    """A request with the reason why it changes nothing.

    `reads`: it only reads. `absent`: it addresses a record that does not exist.
    `invalid`: its body cannot pass validation. A write has at least one of the two.
    `expects` is the JSON that a success answers with.
    """

    request: Request
    harmless: str
    reads: bool
    absent: bool = False
    invalid: bool = False
    expects: Literal["list", "object"] = "object"


@dataclass(frozen=True, slots=True)
class Skip:
    """A request that is not sent, and why."""

    reason: str


def recipe(operation: Operation, catalogue: Catalogue) -> Recipe | Skip:
    """Return how to exercise the operation without any effect, or why that is not tried."""
    if never := catalogue.probe_rules.get((operation.id, "never")):
        return Skip(never.why)
    match operation.kind:
        case "list" | "count" | "info" | "get" | "download":
            return _read(operation, catalogue)
        case "search":
            body = json.dumps({"conditions": "id=0"})
            request = Request("POST", operation.path, "pageSize=1", body)
            why = "a search that asks for no rows (id = 0) reads nothing"
            return Recipe(request, why, True, expects="list")
        case "test":
            return Skip("it reaches outside the PSA: a test of a connection or of credentials")
        case "create":
            return _create(operation, catalogue)
        case "copy" | "update" | "replace" | "delete" | "process":
            return _change(operation)


def plain_read(operation: Operation) -> Recipe:
    """Return the read of one id, sent where the read of no rows decided nothing."""
    query = urlencode({"fields": "id", "pageSize": 1})
    request = Request("GET", operation.path, query)
    return Recipe(request, "reads one id and nothing else", True, expects="list")


def sampled_read(operation: Operation) -> Recipe:
    """Return the child read under a real parent, sent where the absent parent decided nothing."""
    path = _PARAMETER.sub(SAMPLED, operation.path)
    request = Request("GET", path, _rows_query(operation))
    expects: Literal["list", "object"] = "list" if operation.is_many else "object"
    why = "asks for no rows (id = 0) of one parent that exists"
    return Recipe(request, why, True, expects=expects)


def guards(operation: Operation, catalogue: Catalogue) -> list[Operation]:
    """Return the reads that can show beforehand that the absent record is absent, best first."""
    parts = operation.path.rstrip("/").split("/")
    found = []
    for length in range(len(parts), 1, -1):
        if "{" not in parts[length - 1]:
            continue
        for tail in ("", "/info"):
            wanted = shape("/".join(parts[:length]) + tail)
            if read := catalogue.single_reads.get(wanted):
                found.append(read)
    return found


def _read(operation: Operation, catalogue: Catalogue) -> Recipe:
    values = catalogue.probe_rules.get((operation.id, "values"))
    override = catalogue.probe_rules.get((operation.id, "query"))
    path = _fill(operation.path, dict(_pairs(values.value)) if values else {})
    query, why = _usual_read(operation)
    if override:
        query, why = override.value, override.why
    request = Request("GET", path, query)
    absent = str(ABSENT_ID) in request.line or ABSENT_NAME in request.line
    if absent and not operation.is_many and not override:
        why = f"record {ABSENT_ID} does not exist: there is nothing to read"
    return Recipe(request, why, True, absent, expects="list" if operation.is_many else "object")


def _usual_read(operation: Operation) -> tuple[str, str]:
    if operation.is_many or operation.kind == "count":
        return _rows_query(operation), "asks for no rows (id = 0): no customer data is read"
    return ("" if operation.kind == "download" else "fields=id"), "asks for nothing but an id"


def _create(operation: Operation, catalogue: Catalogue) -> Recipe | Skip:
    if operation.body.startswith("[]"):
        return Skip("it takes a list of records: no list is known that must be refused")
    required = " and ".join(operation.required.split()[:3])
    if "{" in operation.path:
        why = f"its parent {ABSENT_ID} does not exist"
        if required:
            why += f", and the empty body lacks {required}"
        request = Request("POST", _fill(operation.path, {}), "", "{}")
        return Recipe(request, why, False, absent=True, invalid=bool(required))
    if demanded := _demanded(operation, catalogue):
        why = f"the empty body fails validation: the API requires {' and '.join(demanded[:3])}"
        return Recipe(Request("POST", operation.path, "", "{}"), why, False, invalid=True)
    return _poisoned(operation, catalogue)


def _demanded(operation: Operation, catalogue: Catalogue) -> list[str]:
    """Return the required fields whose absence cannot pass for a zero, a no or a first of time."""
    types = {row.field: row.type for row in catalogue.bodies.get(operation.body, ())}
    fields = operation.required.split()
    return [name for name in fields if types.get(name, "").endswith(("string", "Reference"))]


def _poisoned(operation: Operation, catalogue: Catalogue) -> Recipe | Skip:
    """Return a body with two flaws, where an empty one might pass for a body of defaults."""
    flaws = _flaws(catalogue.bodies.get(operation.body, ()))
    reasons = [reason for _, _, reason in flaws]
    if flaws and operation.required:
        reasons.append(f"{operation.required.split()[0]} is left out, which the API requires")
    if len(reasons) < 2:
        return Skip("the API requires nothing that a default could not stand for: even an empty "
                    "body might create a record")  # fmt: skip
    body = json.dumps({name: value for name, value, _ in flaws})
    why = f"cannot pass validation for two independent reasons: {'; '.join(reasons)}"
    return Recipe(Request("POST", operation.path, "", body), why, False, invalid=True)


def _change(operation: Operation) -> Recipe | Skip:
    if "{" not in operation.path:
        return Skip("it acts without naming a record, so no absent one can be named")
    body, extra, invalid = "{}", "", False
    match operation.kind:
        case "update":
            body, extra = "[]", ", and the list of changes is empty"
        case "delete":
            body = ""
        case "replace" if operation.required:
            lacks = " and ".join(operation.required.split()[:3])
            extra, invalid = f", and the empty body lacks {lacks}", True
        case _:
            invalid = bool(operation.required)
    request = Request(operation.method, _fill(operation.path, {}), "", body)
    why = f"record {ABSENT_ID} does not exist{extra}"
    return Recipe(request, why, False, absent=True, invalid=invalid)


def _flaws(fields: tuple[BodyRow, ...]) -> list[tuple[str, object, str]]:
    """Return (field, value, reason) of two different kinds, each enough for a refusal.

    One text beyond its maximum length and one reference to an absent id: two checks that would
    both have to be missing for a record to come into being.
    """
    flaws: list[tuple[str, object, str]] = []
    for row in fields:
        if row.type == "string" and row.max_length.isdigit() and int(row.max_length) <= LONGEST:
            size = int(row.max_length) + 1
            reason = f"{row.field} is {size} characters long, the most is {row.max_length}"
            flaws.append((row.field, "x" * size, reason))
            break
    for row in fields:
        if row.type.endswith("Reference") and not row.type.startswith("[]"):
            reason = f"{row.field} refers to id {ABSENT_ID}, which is absent"
            flaws.append((row.field, {"id": ABSENT_ID}, reason))
            break
    return flaws


def _rows_query(operation: Operation) -> str:
    if operation.kind == "count":
        return urlencode({"conditions": "id=0"})
    return urlencode({"conditions": "id=0", "fields": "id", "pageSize": 1})


def _fill(path: str, values: dict[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        name = found[1]
        absent = str(ABSENT_ID) if name.lower() in _NUMERIC else ABSENT_NAME
        return quote(values.get(name, absent), safe="")

    return _PARAMETER.sub(value, path)


def _pairs(text: str) -> list[tuple[str, str]]:
    return [(name, value) for name, _, value in (part.partition("=") for part in text.split("&"))]
