"""A JSON document of any size → the objects in its lists, one at a time, within bounds."""

import codecs
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import ijson  # type: ignore[import-untyped]

from auditor.calls.call import Unreadable
from auditor.calls.sources import Source, encoding_of

LONGEST_VALUE = 2**25  # bytes between two tokens: one text, or blanks
LONGEST_KEPT = 2**16  # characters of a text; an error's body is a few hundred
MOST_IN_ITEM = 2**21  # characters of one item's texts
MOST_NODES = 50_000
DEEPEST = 500

Keys = tuple[str, ...]
Event = tuple[str, Any]


class _BrokenError(Exception):
    """The document is damaged; the text says how."""


@dataclass(slots=True)
class _Item:
    """An item under construction: `open` are its unfinished objects and lists."""

    depth: int
    open: list[Any] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    nodes: int = 0
    size: int = 0

    def enter(self, new: Any) -> None:
        """Begin an object or a list within the item, or the item itself."""
        self.add(new)
        self.open.append(new)
        self.keys.append("")

    def leave(self) -> Any:
        """Return the innermost object or list, which is complete."""
        self.keys.pop()
        return self.open.pop()

    def add(self, value: Any) -> None:
        """Put a value where it belongs; beyond the bounds, nowhere."""
        self.nodes += 1
        if isinstance(value, str):
            value = value[:LONGEST_KEPT]
            self.size += len(value)
        if not self.open or self.nodes > MOST_NODES or self.size > MOST_IN_ITEM:
            return
        if isinstance(self.open[-1], dict):
            self.open[-1][self.keys[-1]] = value
        else:
            self.open[-1].append(value)


def items(source: Source, wanted: Callable[[Keys], bool]) -> Iterator[dict[str, Any] | Unreadable]:
    """Yield the objects of the lists whose keys are `wanted`; last, what is wrong, if anything.

    Texts longer than LONGEST_KEPT are cut; what an item holds beyond MOST_NODES is left out.
    """
    count = 0
    try:
        for item in _items(_events(source), wanted):
            count += 1
            yield item
    except _BrokenError as error:
        yield Unreadable(f"{source.name} after entry {count}".strip(), str(error))


def _items(events: Iterator[Event], wanted: Callable[[Keys], bool]) -> Iterator[dict[str, Any]]:
    place = _Place(wanted)
    for event, value in events:
        match event:
            case "map_key":
                place.name(value)
            case "start_map" | "start_array":
                place.open(is_list=event == "start_array")
            case "end_map" | "end_array":
                if done := place.close():
                    yield done
            case _ if place.item:
                place.item.add(value)


@dataclass(slots=True)
class _Place:
    """Where in the document we are: the keys of the objects around, whether each is a list."""

    wanted: Callable[[Keys], bool]
    keys: list[str] = field(default_factory=list)
    lists: list[bool] = field(default_factory=list)
    item: _Item | None = None

    def name(self, key: str) -> None:
        """Note the key of the value that comes next."""
        (self.item.keys if self.item else self.keys)[-1] = key[:LONGEST_KEPT]

    def open(self, *, is_list: bool) -> None:
        """Enter an object or a list; an object in a wanted list begins an item."""
        if len(self.lists) >= DEEPEST:
            raise _BrokenError(f"nested deeper than {DEEPEST}: the rest is not read")
        begins = not self.item and not is_list and self.lists[-1:] == [True]
        if begins and self.wanted(tuple(key for key in self.keys if key)):
            self.item = _Item(len(self.lists))
        if self.item:
            self.item.enter([] if is_list else {})
        self.lists.append(is_list)
        self.keys.append("")

    def close(self) -> dict[str, Any] | None:
        """Leave an object or a list; return the item if that was its end."""
        self.lists.pop()
        self.keys.pop()
        if not self.item:
            return None
        done: dict[str, Any] = self.item.leave()
        if len(self.lists) > self.item.depth:
            return None
        self.item = None
        return done


def _events(source: Source) -> Iterator[Event]:
    """Yield the tokens; raises _BrokenError where the document cannot be read on."""
    events = ijson.sendable_list()
    parser = ijson.basic_parse_coro(events, multiple_values=True)
    decode = codecs.getincrementaldecoder(encoding_of(source.head))(errors="replace").decode
    waiting = 0
    try:
        for chunk in source.chunks():
            parser.send(decode(chunk).encode())
            waiting = 0 if events else waiting + len(chunk)
            if waiting > LONGEST_VALUE:
                raise _BrokenError(f"a text longer than {LONGEST_VALUE >> 20} MiB in it: "
                                   "the rest is not read")  # fmt: skip
            yield from events
            del events[:]
        parser.send(decode(b"", final=True).encode() or b" ")
        parser.close()
    except ijson.IncompleteJSONError as error:
        yield from events
        is_cut = "premature" in str(error) or "ncomplete" in str(error)
        raise _BrokenError("the JSON ends in the middle" if is_cut else _DAMAGED) from error
    except (ijson.JSONError, ValueError, ArithmeticError, SystemError, RecursionError) as error:
        # A number of thousands of digits leaves broken tokens behind: they are not looked at.
        raise _BrokenError(_DAMAGED) from error
    yield from events


_DAMAGED = "the JSON is damaged here: the rest is not read"
