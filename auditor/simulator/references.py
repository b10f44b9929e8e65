"""References in a body: whether they lead to a record, and how the API shows them."""

from typing import Any

from auditor.simulator.places import Place
from auditor.simulator.records import Record, reference
from auditor.simulator.store import Store

SURELY_ABSENT = 1_000_000  # in a collection we cannot name, ids from here on lead nowhere
_KEYS = ("id", "identifier", "name")


def leads_somewhere(store: Store, kind: str, value: dict[str, Any]) -> bool:
    """Tell whether a reference of this type, such as `BoardReference`, names a record."""
    if where := store.nouns.collection_of(kind):
        return _record(store, where, value) is not None
    number = value.get("id")
    if isinstance(number, int):
        return 0 < number < SURELY_ABSENT
    return any(value.get(key) for key in _KEYS)


def filled(store: Store, item: Record, body: str) -> Record:
    """Return the fields with each known reference completed: id, name, _info."""
    found = dict(item)
    for row in store.settings.catalogue.bodies.get(body, ()):
        value = item.get(row.field)
        if not row.type.endswith("Reference") or not isinstance(value, dict):
            continue
        where = store.nouns.collection_of(row.type)
        record = _record(store, where, value) if where else None
        if where and record:
            found[row.field] = reference(where, record)
    return found


def _record(store: Store, where: Place, value: dict[str, Any]) -> Record | None:
    for key in _KEYS:
        if value.get(key) not in (None, ""):
            return store.find(where, str(value[key]))
    return None
