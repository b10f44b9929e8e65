"""What happened at the simulator: requests received, records created, changed or deleted."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

KEPT_CALLS = 10_000


@dataclass(frozen=True, slots=True)
class Change:
    """One record created, changed or deleted; `id` is None for an act without a record."""

    method: str
    path: str
    collection: str
    id: int | None


@dataclass(slots=True)
class Ledger:
    """The books of one simulator; `calls` keeps the latest (method, target, status)."""

    requests: int = 0
    entries: list[Change] = field(default_factory=list)
    calls: deque[tuple[str, str, int]] = field(default_factory=lambda: deque(maxlen=KEPT_CALLS))

    @property
    def changes(self) -> int:
        """Return how many records were created, changed or deleted."""
        return len(self.entries)

    def data(self) -> dict[str, Any]:
        """Return the ledger as JSON data."""
        entries = [
            {"method": each.method, "path": each.path, "collection": each.collection, "id": each.id}
            for each in self.entries
        ]
        return {"requests": self.requests, "changes": self.changes, "entries": entries}
