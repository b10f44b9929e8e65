"""Many calls → per operation and kind of answer: how often, from when to when; bounded memory."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from auditor.atoms import Atom, proved_by
from auditor.called import operation_of
from auditor.calls import Call, Unreadable
from auditor.catalogue import Catalogue
from auditor.errors import InputError
from auditor.replies import Reply, read_reply
from auditor.rows import Operation

MOST_UNKNOWN = 1_000  # different calls without an operation that are told apart
MOST_CHECKED = 1_000  # queries of one kind of failure that are looked at
_ID = re.compile(r"(?<=/)(?:-?\d+|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27})(?=/|$)")


@dataclass(slots=True)
class Span:
    """How often something was seen, and its first and last time (ISO 8601, None unknown)."""

    count: int = 0
    first: str | None = None
    last: str | None = None

    def add(self, time: str | None) -> None:
        """Count one more."""
        self.count += 1
        if time:
            self.first = min(self.first or time, time)
            self.last = max(self.last or time, time)

    def merge(self, other: "Span") -> None:
        """Count everything that another one counts."""
        whole = self.count + other.count
        self.add(other.first)
        self.add(other.last)
        self.count = whole


@dataclass(slots=True)
class Group:
    """Calls of one operation with one kind of answer; `call` stands for all of them.

    `operation` is None where the catalogue has none; `asked` says then how the call is written.
    """

    call: Call
    operation: Operation | None
    asked: str
    reply: Reply
    span: Span = field(default_factory=Span)
    has_fault: bool = False


@dataclass(slots=True)
class Usage:
    """What was called, sorted as it comes in; `others` counts what went elsewhere."""

    catalogue: Catalogue
    groups: dict[tuple[str, str], Group] = field(default_factory=dict)
    span: Span = field(default_factory=Span)
    unreadable: list[Unreadable] = field(default_factory=list)
    unread: int = 0
    others: int = 0
    more_unknown: int = 0
    _known: dict[tuple[str, str], Operation | None] = field(default_factory=dict)
    _unknown: int = 0

    def add(self, found: Call | Unreadable) -> None:
        """Take in one thing that was read."""
        if isinstance(found, Unreadable):
            self._put_aside(found)
            return
        self.span.add(found.time)
        operation, asked = self._operation(found)
        reply = read_reply(found)
        key = (operation.id if operation else asked, reply.rule)
        group = self.groups.get(key)
        if group is None:
            if operation is None and self._unknown >= MOST_UNKNOWN:
                self.more_unknown += 1
                return
            self._unknown += operation is None
            group = self.groups[key] = Group(found, operation, asked, reply)
        group.span.add(found.time)
        _look_at_query(group, found)

    @property
    def failures(self) -> list[Group]:
        """Return what did not succeed, in the order of appearance.

        Calls whose answer is not said count as such only where no answer is said at all.
        """
        failed = [group for group in self.groups.values() if group.reply.blames != "nothing"]
        said = [group for group in self.groups.values() if group.reply.rule != "unsaid"]
        return [group for group in failed if group in said] if said else failed

    @property
    def successes(self) -> dict[str, Group]:
        """Map operation id, or the unknown call as written, to its successes."""
        found = self.groups.items()
        return {name: group for (name, _), group in found if group.reply.blames == "nothing"}

    def proofs(self) -> dict[Atom, str]:
        """Map what calls that succeeded show to be there to one of these calls."""
        found: dict[Atom, str] = {}
        for name, group in self.successes.items():
            rights = (
                self.catalogue.shown_by(group.operation, in_full=True) if group.operation else ()
            )
            for right in rights:
                for atom in proved_by(right):
                    found.setdefault(atom, name)
        return found

    def _operation(self, call: Call) -> tuple[Operation | None, str]:
        """Return the operation, and the call with its ids taken out."""
        path = _ID.sub("{id}", call.path)
        key = (call.method or "?", path)
        if key not in self._known:
            try:
                found: Operation | None = operation_of(call, self.catalogue)[0]
            except InputError:
                found = None
            if len(self._known) > 10 * MOST_UNKNOWN:
                self._known.clear()
            self._known[key] = found
        return self._known[key], f"{key[0]} {path}"

    def _put_aside(self, found: Unreadable) -> None:
        if found.is_other:
            self.others += found.count
        else:
            self.unread += found.count
            self.unreadable.append(found)


def usage(found: Iterable[Call | Unreadable], catalogue: Catalogue) -> Usage:
    """Take in everything that was read."""
    result = Usage(catalogue)
    for item in found:
        result.add(item)
    return result


def operations(found: Usage) -> Iterator[tuple[Operation, Span, int]]:
    """Yield each known operation with how often it was called and how often it failed."""
    whole: dict[str, tuple[Operation, Span]] = {}
    failed: dict[str, int] = {}
    for group in found.groups.values():
        if group.operation is None:
            continue
        name = group.operation.id
        whole.setdefault(name, (group.operation, Span()))[1].merge(group.span)
        is_failed = group.reply.blames != "nothing" and group.reply.rule != "unsaid"
        failed[name] = failed.get(name, 0) + group.span.count * is_failed
    for name in sorted(whole, key=lambda name: (whole[name][0].path.lower(), name)):
        yield *whole[name], failed[name]


def _look_at_query(group: Group, call: Call) -> None:
    """Let a call with a faulty condition stand for the others of a failure."""
    if group.has_fault or group.reply.blames == "nothing" or group.span.count > MOST_CHECKED:
        return
    if "ondition" not in call.query:
        return
    from auditor.queries import faults  # noqa: PLC0415 - most calls have no condition

    if any(fault.is_fatal for fault in faults(call.query)):
        group.call, group.has_fault = call, True
