"""A HAR recording, of a browser or a proxy → the calls in it; its headers are not kept."""

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.calls.addresses import Address, address
from auditor.calls.answers import NOTHING, answer, decoded
from auditor.calls.call import Call, Unreadable, kept_method, kept_status
from auditor.calls.clock import duration, iso
from auditor.calls.events import items
from auditor.calls.sources import Source


def read(source: Source) -> Iterator[Call | Unreadable]:
    """Yield the calls of the recording and the entries that are none."""
    for number, entry in enumerate(items(source, _are_entries), 1):
        where = f"{source.name} entry {number}".strip()
        yield entry if isinstance(entry, Unreadable) else _call(entry, where)


def _are_entries(keys: tuple[str, ...]) -> bool:
    return keys[-1:] == ("entries",) and len(keys) <= 2


def _call(entry: Mapping[str, Any], where: str) -> Call | Unreadable:
    request, response = _part(entry, "request"), _part(entry, "response")
    if not request:
        return Unreadable(where, "an entry without a request")
    pseudo = _pseudo_headers(request)
    method = kept_method(request.get("method") or pseudo.get(":method"))
    target = _target(request, pseudo)
    if not target or method == "OPTIONS":
        return Unreadable(where, "goes elsewhere than to the ConnectWise API", is_other=True)
    status = kept_status(response.get("status"))
    content = _part(response, "content")
    failed = status is None or status >= 400
    text = decoded(content.get("text"), content.get("encoding")) if failed else ""
    code, message = answer(text) if text else NOTHING
    time, spent = iso(entry.get("startedDateTime")), duration(entry.get("time"))
    return Call(method, target.path, target.query, status, code, message, time, spent, where)


def _part(whole: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = whole.get(name)
    return found if isinstance(found, dict) else {}


def _target(request: Mapping[str, Any], pseudo: Mapping[str, str]) -> Address | None:
    url = request.get("url")
    place = url if isinstance(url, str) and url else pseudo.get(":path", "")
    if not place.startswith(("http", "//")) and pseudo.get(":authority"):
        place = f"https://{pseudo[':authority']}/{place.lstrip('/')}"
    found = address(place)
    given = request.get("queryString")
    if found and not found.query and isinstance(given, list):
        pairs = [pair for pair in given[:100] if isinstance(pair, dict) and pair.get("name")]
        query = "&".join(f"{pair['name']}={pair.get('value', '')}" for pair in pairs)
        return address(f"{found.path}?{query}", lenient=True) if query else found
    return found


def _pseudo_headers(request: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers of HTTP/2 that stand for method and address."""
    headers = request.get("headers")
    pairs = headers if isinstance(headers, list) else []
    named = ((str(pair.get("name", "")).lower(), pair.get("value")) for pair in pairs
             if isinstance(pair, dict))  # fmt: skip
    return {name: str(value) for name, value in named if name in {":method", ":path", ":authority"}}
