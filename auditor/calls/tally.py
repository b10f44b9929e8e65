"""Rows that are no calls: the first ones are told of one by one, the rest by their number."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor.calls.call import Call, Unreadable

MOST_TOLD = 50


@dataclass(slots=True)
class Tally:
    """Count what is no call, so that a long log does not become a long complaint."""

    name: str
    seen: int = 0
    told: int = 0
    further: int = 0
    others: dict[str, int] = field(default_factory=dict)
    first: dict[str, str] = field(default_factory=dict)

    def kept(self, found: Call | Unreadable) -> Call | Unreadable | None:
        """Return what is to be told now; None for what is counted and told of at the end."""
        self.seen += 1
        if isinstance(found, Call):
            return found
        if found.is_other:
            self.others[found.reason] = self.others.get(found.reason, 0) + found.count
            self.first.setdefault(found.reason, found.where)
            return None
        if self.told >= MOST_TOLD:
            self.further += found.count
            return None
        self.told += 1
        return found

    def rest(self) -> Iterator[Unreadable]:
        """Yield what was counted."""
        if self.further:
            reason = f"further places that cannot be read, after the first {MOST_TOLD}"
            yield Unreadable(self.name, reason, self.further)
        for reason, count in self.others.items():
            yield Unreadable(self.first[reason], reason, count, is_other=True)
