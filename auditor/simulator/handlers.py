"""What each kind of operation does once all checks are passed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from auditor.rows import Operation
from auditor.simulator.listing import filtered, listed, trimmed
from auditor.simulator.messages import Call, Reply, UnreadableBodyError
from auditor.simulator.places import Target
from auditor.simulator.records import KEYS, Record, brief, now
from auditor.simulator.references import filled
from auditor.simulator.store import Store

DONE = {"success": True, "message": "The operation completed successfully."}
NO_CONTENT = Reply(204)
TICKETS = "/service/tickets"
_TICKET_DEFAULTS = {
    "recordType": "ServiceTicket",
    "status": {"id": 1},
    "board": {"id": 1},
    "priority": {"id": 3},
    "closedFlag": False,
}
_FILES = {
    "pdf": ("application/pdf", b"%PDF-1.4\n%%EOF\n"),
    "image": ("image/png", b"\x89PNG\r\n\x1a\n"),
    "thumbnail": ("image/png", b"\x89PNG\r\n\x1a\n"),
    "uploadsample": ("text/html", b"<!doctype html><title>Upload</title>"),
}


@dataclass(frozen=True, slots=True)
class Visit:
    """One request that is allowed, with what it addresses."""

    call: Call
    operation: Operation
    target: Target
    store: Store

    @property
    def record(self) -> Record | None:
        """Return the record the path names last, if it names one."""
        if not self.target.steps:
            return None
        return self.store.find(*self.target.steps[-1])

    @property
    def first(self) -> Record | None:
        """Return the record of an address without id: the first of its collection."""
        if self.target.is_record:
            return self.record
        records = self.store.records(self.target.place)
        return records[min(records)] if records else None

    @property
    def items(self) -> list[dict[str, Any]]:
        """Return the objects of the body, each with its references filled in."""
        document = {} if self._is_upload else self.call.document
        found = document if isinstance(document, list) else [document or {}]
        return [self.filled(self.begun | item) for item in found if isinstance(item, dict)]

    @property
    def begun(self) -> Record:
        """Return what a new record of this kind has before its fields are set."""
        if self.operation.kind != "create" or self.target.place.shape != TICKETS:
            return {}
        return {**_TICKET_DEFAULTS, "dateEntered": now()}

    def filled(self, item: Record) -> Record:
        """Return the fields of this operation's resource with each reference filled in."""
        known = self.store.settings.catalogue.bodies
        body = self.operation.body.removeprefix("[]")
        return filled(self.store, item, body if body in known else self.operation.returns)

    @property
    def _is_upload(self) -> bool:
        return self.call.headers.get("content-type", "").startswith("multipart/")


def handle(visit: Visit) -> Reply:
    """Carry out the operation: read, or change the store and enter it into the ledger."""
    return _HANDLERS[visit.operation.kind](visit)


def _list(visit: Visit) -> Reply:
    records: list[Record] = list(visit.store.records(visit.target.place).values())
    if visit.operation.kind == "info":
        records = [brief(record) for record in records]
    return listed(records, visit.call.query, visit.call)


def _get(visit: Visit) -> Reply:
    if visit.operation.is_many:
        return _list(visit)
    record = visit.first or {}
    if visit.operation.returns == "ReportDataResponse":
        return _report(visit)
    if visit.operation.kind == "info":
        record = brief(record)
    return Reply(200, trimmed(record, visit.call.query.get("fields", "")))


def _report(visit: Visit) -> Reply:
    columns = [{"Id": {"type": "Numeric", "isNullable": False}}]
    rows = [[number] for number in range(1, 4)]
    if "conditions" in visit.call.query:
        kept = filtered([{"id": row[0]} for row in rows], visit.call.query)
        rows = [[record["id"]] for record in kept]
    return Reply(200, {"column_definitions": columns, "row_values": rows})


def _count(visit: Visit) -> Reply:
    if visit.target.is_record:
        return Reply(200, {"count": 1})
    records = visit.store.records(visit.target.place).values()
    return Reply(200, {"count": len(filtered(records, visit.call.query))})


def _search(visit: Visit) -> Reply:
    body = {name.lower(): value for name, value in (visit.call.document or {}).items()}
    texts = {name: value for name, value in body.items() if isinstance(value, str)}
    records = visit.store.records(visit.target.place).values()
    return listed(records, {**visit.call.query, **texts}, visit.call)


def _download(visit: Visit) -> Reply:
    word = visit.operation.path.rstrip("/").rsplit("/", 1)[-1]
    content_type, content = _FILES.get(word, ("application/octet-stream", b"sample"))
    return Reply(200, content, content_type=content_type)


def _test(visit: Visit) -> Reply:
    return Reply(200, [] if visit.operation.is_many else DONE)


def _create(visit: Visit) -> Reply:
    where = visit.target.place
    made = [visit.store.add(visit.call, where, item) for item in visit.items]
    many = visit.operation.is_many or visit.operation.body.startswith("[]")
    return Reply(201, made if many else made[0])


def _copy(visit: Visit) -> Reply:
    item = visit.items[0] if visit.items else {}
    original = visit.record
    if original is None:
        original = visit.store.find(visit.target.place, str(item.get("id", ""))) or {}
    copied = {**original, **{name: value for name, value in item.items() if name != "id"}}
    return Reply(201, visit.store.add(visit.call, visit.target.place, copied))


def _update(visit: Visit) -> Reply:
    record = visit.first
    if record is None:
        return Reply(200, {})
    for step in visit.call.document:
        record = _patched(record, step["op"], step["path"].strip("/").split("/"), step.get("value"))
    record = {**visit.filled(record), "id": (visit.first or record)["id"]}
    return Reply(200, visit.store.put(visit.call, visit.target.place, record))


def _patched(record: Record, op: str, path: list[str], value: Any) -> Record:
    """Return the record with one field changed; a path into nothing changes nothing.

    One key of a reference, such as `status/name`, makes it refer to another record.
    """
    name, rest = path[0], path[1:]
    if rest:
        inner = record.get(name)
        if not isinstance(inner, dict):
            return record
        if "id" in inner and len(rest) == 1 and rest[0] in KEYS and op != "remove":
            return {**record, name: {rest[0]: value}}
        return {**record, name: _patched(inner, op, rest, value)}
    if op == "remove":
        return {key: kept for key, kept in record.items() if key != name}
    return {**record, name: value}


def _replace(visit: Visit) -> Reply:
    where, store = visit.target.place, visit.store
    if visit.operation.body.startswith("[]"):
        records = store.records(where)
        changed = [
            store.put(visit.call, where, {**records[item["id"]], **item})
            for item in visit.items
            if isinstance(item.get("id"), int) and item["id"] in records
        ]
        return Reply(200, changed)
    record = visit.first
    if record is None:
        return Reply(200, {})
    kept = {"id": record["id"], "_info": record.get("_info", {})}
    item = visit.items[0] if visit.items else {}
    return Reply(200, store.put(visit.call, where, {**item, **kept}))


def _delete(visit: Visit) -> Reply:
    where, store = visit.target.place, visit.store
    if visit.target.is_record:
        record = visit.record
        if record is not None:
            store.remove(visit.call, where, record["id"])
        return NO_CONTENT
    records = store.records(where)
    doomed = _listed_ids(visit.call) if visit.operation.path.endswith("/bulk") else set(records)
    for number in sorted(doomed & set(records)):
        store.remove(visit.call, where, number)
    return NO_CONTENT


def _listed_ids(call: Call) -> set[int]:
    """Return the ids in the body of a bulk delete: `[1, 2]` or `[{"id": 1}]`."""
    try:
        document = call.document
    except UnreadableBodyError:
        return set()
    found = document if isinstance(document, list) else []
    ids = (each.get("id") if isinstance(each, dict) else each for each in found)
    return {each for each in ids if isinstance(each, int)}


def _process(visit: Visit) -> Reply:
    record: Record | None = visit.record
    if record is None:
        visit.store.note(visit.call, visit.target.place, None)
        record = {}
    else:
        record = visit.store.put(visit.call, visit.target.steps[-1][0], record)
    match visit.operation.returns:
        case "NoContentResponse":
            return NO_CONTENT
        case "SuccessResponse" | "":
            return Reply(200, DONE)
        case _:
            return Reply(200, [record] if visit.operation.is_many else record)


_HANDLERS: dict[str, Callable[[Visit], Reply]] = {
    "list": _list,
    "get": _get,
    "info": _get,
    "count": _count,
    "search": _search,
    "download": _download,
    "test": _test,
    "create": _create,
    "copy": _copy,
    "update": _update,
    "replace": _replace,
    "delete": _delete,
    "process": _process,
}
