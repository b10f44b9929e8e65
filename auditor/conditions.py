"""ConnectWise query conditions: text → a frozen tree, and whether a record matches it.

Serves `conditions`, `childConditions` and `customFieldConditions`, which share one grammar.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn, assert_never

from auditor.errors import InputError

Scalar = str | int | float | bool | datetime | None
MAX_DEPTH = 50  # of parentheses: far more than any client writes, far less than Python's stack
MAX_DIGITS = 40  # Python refuses to read a number of more than 4,300 digits


class ConditionError(InputError):
    """A condition that cannot be read; `position` counts characters from 1."""

    def __init__(self, message: str, position: int, hint: str) -> None:
        super().__init__(f"Character {position}: {message}", hint)
        self.position = position


@dataclass(frozen=True, slots=True)
class Comparison:
    """`field operator value`; `in` has a tuple as its value, `negated` is the word not."""

    field: tuple[str, ...]
    operator: str
    value: Scalar | tuple[Scalar, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class AllOf:
    """Conditions joined by AND."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Conditions joined by OR."""

    parts: tuple["Condition", ...]


Condition = Comparison | AllOf | AnyOf


def parse(text: str) -> Condition:
    """Read a condition such as `board/name = "Help Desk" and not closedFlag = True`.

    Raises ConditionError with the position and what to write instead.
    """
    parser = _Parser(text)
    found = parser.either(0)
    parser.finish()
    return found


def matches(condition: Condition, record: Mapping[str, Any]) -> bool:
    """Tell whether the record fulfils the condition; of an array, one element is enough."""
    match condition:
        case AllOf(parts):
            return all(matches(part, record) for part in parts)
        case AnyOf(parts):
            return any(matches(part, record) for part in parts)
        case Comparison(field, operator, value, negated):
            test = _TESTS[operator]
            found = list(_values(record, field)) or [None]
            return any(test(item, value) is not negated for item in found)
        case _:
            assert_never(condition)


# ---------------------------------------------------------------- reading

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<text>"(?:\\"|[^"])*" | '(?:\\'|[^'])*')
    | (?P<date>\[[^\[\]]*\])
    | (?P<number>[-+]?[0-9]+(?:\.[0-9]+)?(?![\w:/-]))
    | (?P<word>[A-Za-z_]\w*(?:/[A-Za-z_]\w*)*)
    | (?P<sign>!=|<=|>=|=(?!=)|<(?!>)|>|\(|\)|,)
    )""",
    re.VERBOSE,
)
_SYMBOLS = frozenset({"=", "!=", "<", "<=", ">", ">="})
_WORDS = frozenset({"contains", "like", "in"})
_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_MISTAKES = (
    ("==", "Use =, not ==."),
    ("<>", "Use !=, not <>."),
    ("&&", "Use AND, not &&."),
    ("||", "Use OR, not ||."),
    ("[", "Close the datetime with ]: [2026-01-31T08:00:00Z]."),
    ('"', "Close the string with the quote it began with."),
    ("'", "Close the string with the quote it began with."),
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    position: int

    @property
    def word(self) -> str:
        return self.text.lower() if self.kind in {"word", "sign"} else ""


class _Parser:
    """Recursive descent over one token of look-ahead."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.next = self._read(0)

    def either(self, depth: int) -> Condition:
        parts = [self.both(depth)]
        while self.next.word == "or":
            self.take()
            parts.append(self.both(depth))
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def both(self, depth: int) -> Condition:
        parts = [self.single(depth)]
        while self.next.word == "and":
            self.take()
            parts.append(self.single(depth))
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def single(self, depth: int) -> Condition:
        if self.next.word != "(":
            return self.comparison()
        if depth >= MAX_DEPTH:
            self.fail("too many nested parentheses.", f"At most {MAX_DEPTH} levels are read.")
        self.take()
        found = self.either(depth + 1)
        self.expect(")", "Add the missing closing parenthesis.")
        return found

    def comparison(self) -> Comparison:
        if self.next.kind != "word" or self.next.word in {"and", "or", "not"}:
            self.fail(
                f"a field name is expected, {self.found()}.",
                self.hint(
                    "Write field operator value, such as id = 42 or board/name = 'Help Desk'."
                ),
            )
        field = tuple(self.take().text.split("/"))
        negated = self.next.word == "not"
        if negated:
            self.take()
        operator = self.next.word
        if operator not in (_WORDS if negated else _SYMBOLS | _WORDS):
            self.fail(f"an operator is expected, {self.found()}.", self.hint(_operators(negated)))
        self.take()
        if operator == "in":
            return Comparison(field, operator, self.values(), negated)
        place = self.next
        value = self.value()
        if operator in _WORDS and not isinstance(value, str):
            self.fail(f"{operator} needs a string.", "Put the text in quotes.", place)
        return Comparison(field, operator, value, negated)

    def values(self) -> tuple[Scalar, ...]:
        self.expect("(", "Write the values in parentheses: id in (1,2).")
        found = [self.value()]
        while self.next.word == ",":
            self.take()
            found.append(self.value())
        self.expect(")", "Close the list of values with a parenthesis.")
        return tuple(found)

    def value(self) -> Scalar:
        token = self.next
        match token.kind:
            case "text":
                quote = token.text[0]
                found: Scalar = token.text[1:-1].replace("\\" + quote, quote)
            case "number":
                if len(token.text) > MAX_DIGITS:
                    self.fail("the number is too long.", f"At most {MAX_DIGITS} digits are read.")
                found = float(token.text) if "." in token.text else int(token.text)
            case "date":
                found = self.date(token)
            case "word" if token.word in _CONSTANTS:
                found = _CONSTANTS[token.word]
            case _:
                self.fail(f"a value is expected, {self.found()}.", self.hint(_VALUES))
        self.take()
        return found

    def date(self, token: _Token) -> datetime:
        found = _datetime(token.text[1:-1].strip())
        if found is None:
            self.fail(f"{token.text} is not a datetime.", "Write [2026-01-31T08:00:00Z].")
        return found

    def take(self) -> _Token:
        token = self.next
        self.next = self._read(token.position + len(token.text))
        return token

    def expect(self, sign: str, hint: str) -> None:
        if self.next.word != sign:
            self.fail(f"{sign!r} is expected, {self.found()}.", hint)
        self.take()

    def finish(self) -> None:
        if self.next.kind != "end":
            hint = "Join conditions with AND or OR."
            if self.next.word == ")":
                hint = "Remove the closing parenthesis or open one before it."
            self.fail(f"the end is expected, {self.found()}.", self.hint(hint))

    def found(self) -> str:
        match self.next.kind:
            case "end":
                return "but the text ends here"
            case "bad":
                return f"found {self.text[self.next.position :][:10]!r}"
            case _:
                return f"found {self.next.text[:40]!r}"

    def hint(self, usual: str) -> str:
        """Return the hint for a known mistake at this place, else the usual one."""
        rest = self.text[self.next.position :]
        for mistake, hint in _MISTAKES:
            if rest.startswith(mistake):
                return hint
        if re.match(r"[0-9]{4}-[0-9]{2}", rest):
            return "Datetimes go in square brackets: [2026-01-31T08:00:00Z]."
        if re.match(r"is\s+(not\s+)?null", rest, re.IGNORECASE):
            return "Use = null or != null."
        return usual

    def fail(self, message: str, hint: str, at: _Token | None = None) -> NoReturn:
        raise ConditionError(message, (at or self.next).position + 1, hint)

    def _read(self, position: int) -> _Token:
        found = _TOKEN.match(self.text, position)
        if found and found.lastgroup:
            return _Token(found.lastgroup, found[found.lastgroup], found.start(found.lastgroup))
        rest = self.text[position:]
        blank = len(rest) - len(rest.lstrip())
        return _Token("bad" if rest.strip() else "end", "", position + blank)


_VALUES = (
    "Strings go in quotes, datetimes in square brackets; "
    "numbers, True, False and null stand as they are."
)


def _operators(negated: bool) -> str:
    if negated:
        return "After not comes contains, like or in."
    return "Operators are = != < <= > >= contains like in, and not before the last three."


def _datetime(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


# ---------------------------------------------------------------- matching


def _values(record: object, field: tuple[str, ...]) -> Iterator[object]:
    """Yield what the reference leads to, every element where it passes an array."""
    if isinstance(record, list):
        for element in record:
            yield from _values(element, field)
    elif not field:
        yield record
    elif isinstance(record, Mapping):
        yield from _values(_member(record, field[0]), field[1:])


def _member(record: Mapping[str, Any], name: str) -> object:
    if name in record:
        return record[name]
    wanted = name.casefold()
    return next((value for key, value in record.items() if key.casefold() == wanted), None)


def _equal(found: object, value: Any) -> bool:
    if isinstance(value, tuple):
        return any(_equal(found, item) for item in value)
    if isinstance(value, datetime):
        return isinstance(found, str) and _datetime(found) == value
    if isinstance(found, str) and isinstance(value, str):
        return found.casefold() == value.casefold()
    if isinstance(found, bool) or isinstance(value, bool):
        return found is value
    return bool(found == value)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[object, Any], bool]:
    """Return a test that compares only what has an order: numbers, strings, datetimes."""

    def test(found: object, value: Any) -> bool:
        if isinstance(value, datetime):
            moment = _datetime(found) if isinstance(found, str) else None
            return moment is not None and compare(moment, value)
        if isinstance(found, str) and isinstance(value, str):
            return compare(found.casefold(), value.casefold())
        if isinstance(found, bool) or isinstance(value, bool):
            return False
        numbers = isinstance(found, int | float) and isinstance(value, int | float)
        return numbers and compare(found, value)

    return test


def _contains(found: object, value: Any) -> bool:
    return isinstance(found, str) and value.casefold() in found.casefold()


def _like(found: object, value: Any) -> bool:
    """Match % and * as any run of characters, without backtracking."""
    if not isinstance(found, str):
        return False
    text = found.casefold()
    first, *rest = re.split(r"[%*]+", value.casefold())
    if not rest:
        return text == first
    *middle, last = rest
    if not text.startswith(first):
        return False
    place = len(first)
    for part in middle:
        place = text.find(part, place)
        if place < 0:
            return False
        place += len(part)
    return text.endswith(last) and len(text) - len(last) >= place


_TESTS: dict[str, Callable[[object, Any], bool]] = {
    "=": _equal,
    "!=": lambda found, value: not _equal(found, value),
    "<": _ordered(lambda found, value: found < value),
    "<=": _ordered(lambda found, value: found <= value),
    ">": _ordered(lambda found, value: found > value),
    ">=": _ordered(lambda found, value: found >= value),
    "contains": _contains,
    "like": _like,
    "in": _equal,
}
