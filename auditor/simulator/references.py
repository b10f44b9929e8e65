"""References in a body: whether they lead to a record, and how the API shows them."""

from typing import Any

from auditor.simulator.places import Place
from auditor.simulator.records import KEYS, Record, reference
from auditor.simulator.store import Store
from auditor.simulator.tenant import BOARDS

SURELY_ABSENT = 1_000_000  # in a collection we cannot name, ids from here on lead nowhere
_OF_BOARD = {"ServiceStatusReference": "statuses", "ServiceTypeReference": "types"}


def leads_somewhere(store: Store, kind: str, value: dict[str, Any]) -> bool:
    """Tell whether a reference of this type, such as `BoardReference`, names a record."""
    if where := store.nouns.collection_of(kind):
        return _record(store, where, value) is not None
    number = value.get("id")
    if isinstance(number, int):
        return 0 < number < SURELY_ABSENT
    return any(value.get(key) for key in KEYS)


def filled(store: Store, item: Record, body: str) -> Record:
    """Return the fields with each known reference completed: id, name, _info."""
    found = dict(item)
    board = item.get("board")
    for row in store.settings.catalogue.bodies.get(body, ()):
        value = item.get(row.field)
        if not row.type.endswith("Reference") or not isinstance(value, dict):
            continue
        where = store.nouns.collection_of(row.type) or _of_board(store, row.type, board)
        record = _record(store, where, value) if where else None
        if where and record:
            found[row.field] = reference(_noun(row.type), where, record)
    return found


def _of_board(store: Store, kind: str, board: Any) -> Place | None:
    """Return the statuses or types of the board that a ticket is on."""
    known = _record(store, BOARDS, board) if isinstance(board, dict) else None
    return BOARDS.below(str(known["id"]), _OF_BOARD[kind]) if known and kind in _OF_BOARD else None


def _noun(kind: str) -> str:
    """Return how links call what a reference points to: `WorkRoleReference` is `workRole`."""
    name = kind.removesuffix("Reference").removeprefix("Service")
    return name[:1].lower() + name[1:]


def _record(store: Store, where: Place, value: dict[str, Any]) -> Record | None:
    for key in KEYS:
        if value.get(key) not in (None, ""):
            return store.find(where, str(value[key]))
    return None
