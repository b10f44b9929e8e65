"""Records → the page a client asked for: conditions, order, paging, fields."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from auditor import conditions
from auditor.simulator.messages import Call, Reply
from auditor.simulator.records import Record

DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE = 25, 1000


def filtered(records: Iterable[Record], query: Mapping[str, str]) -> list[Record]:
    """Return the records that fulfil all conditions of the query."""
    found = list(records)
    for name in ("conditions", "childconditions"):
        if text := query.get(name):
            condition = conditions.parse(text)
            found = [record for record in found if conditions.matches(condition, record)]
    if text := query.get("customfieldconditions"):
        custom = conditions.parse(text)
        found = [record for record in found if _any_custom(custom, record.get("customFields"))]
    return found


def listed(records: Iterable[Record], query: Mapping[str, str], call: Call) -> Reply:
    """Return one page of the records that fulfil the query, with its Link header."""
    found = _ordered(filtered(records, query), query.get("orderby", ""))
    size = max(1, min(int(query.get("pagesize", DEFAULT_PAGE_SIZE)), MAX_PAGE_SIZE))
    if call.headers.get("pagination-type", "").lower() == "forward-only":
        page, links = _forward(found, int(query.get("pageid", 0)), size)
    else:
        page, links = _numbered(found, int(query.get("page", 1)), size)
    headers = {"link": _link(call, links)} if links else {}
    return Reply(200, [trimmed(record, query.get("fields", "")) for record in page], headers)


def trimmed(record: Record, fields: str) -> Record:
    """Return only the named fields of a record; `company/name` reaches into a reference."""
    if not fields.strip():
        return record
    wanted: dict[str, list[str]] = {}
    for name in fields.split(","):
        first, _, rest = name.strip().partition("/")
        wanted.setdefault(first.casefold(), []).append(rest)
    return {
        key: _within(value, wanted[key.casefold()])
        for key, value in record.items()
        if key.casefold() in wanted
    }


def _any_custom(condition: conditions.Condition, fields: Any) -> bool:
    """Tell whether one custom field alone fulfils the condition."""
    known = fields if isinstance(fields, list) else []
    return any(conditions.matches(condition, each) for each in known if isinstance(each, dict))


def _within(value: Any, rests: list[str]) -> Any:
    if not all(rests):
        return value
    if isinstance(value, list):
        return [_within(each, rests) for each in value]
    return trimmed(value, ",".join(rests)) if isinstance(value, dict) else value


def _ordered(records: list[Record], order: str) -> list[Record]:
    for term in reversed([part.split() for part in order.split(",") if part.strip()]):
        path = term[0].split("/")
        is_down = term[-1].lower() == "desc"
        records = sorted(records, key=lambda record: _sort_key(record, path), reverse=is_down)
    return records


def _sort_key(record: Any, path: list[str]) -> tuple[int, Any]:
    value = record
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    if isinstance(value, int | float):
        return 1, value
    return (2, value.casefold()) if isinstance(value, str) else (0, 0)


def _numbered(
    found: list[Record], page: int, size: int
) -> tuple[list[Record], dict[str, dict[str, int]]]:
    last = max(1, -(-len(found) // size))
    page = max(1, page)
    links: dict[str, int] = {}
    if page < last:
        links |= {"next": page + 1, "last": last}
    if page > 1:
        links |= {"first": 1, "prev": min(page - 1, last)}
    start = (page - 1) * size
    return found[start : start + size], {
        rel: {"pageSize": size, "page": number} for rel, number in links.items()
    }


def _forward(
    found: list[Record], after: int, size: int
) -> tuple[list[Record], dict[str, dict[str, int]]]:
    rest = sorted((each for each in found if each["id"] > after), key=lambda each: each["id"])
    page = rest[:size]
    links = {"next": {"pageSize": size, "pageId": page[-1]["id"]}} if len(rest) > size else {}
    return page, links


def _link(call: Call, links: Mapping[str, Mapping[str, int]]) -> str:
    """Return the Link header; pyconnectwise finds the page only at the end of an address."""
    kept = {
        name: value
        for name, value in call.query.items()
        if name not in {"page", "pagesize", "pageid"}
    }
    return ", ".join(
        f'<{call.base}{call.path}?{urlencode({**kept, **values})}>; rel="{rel}"'
        for rel, values in links.items()
    )
