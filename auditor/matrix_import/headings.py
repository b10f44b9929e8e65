"""A row of a sheet → which column holds what, if it is a header row."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from auditor.matrix_import import names
from auditor.rights import Verb
from auditor.roles import name_key

# Headings in order of preference: `Level` beside `Access` means the verb, alone the level.
_PERMISSION = ("Permission", "Function", "Module Function", "Security Module", "Task")
_MODULE = ("Module", "Security Module")
_REACH = ("Access", "Access Level", "Level", "Security Level")
_VERB = ("Verb", "Action", "Type", "Right", "Level", "Security Level")
_TEXT = ("Description", "Notes", "What it allows", "Explanation", "Details", "Comments")
_OTHER = ("Customize",)  # a role's list of allowed items: known, and no part of the matrix
_ENDINGS = {"name"}  # `Permission Name` is `Permission`


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table by what they hold; `verbs` are those of a column for each verb.

    `unknown` are the headed columns that hold something else.
    """

    permission: int
    module: int | None = None
    verb: int | None = None
    reach: int | None = None
    text: int | None = None
    verbs: Mapping[Verb, int] = field(default_factory=dict)
    known: frozenset[int] = frozenset()
    unknown: frozenset[int] = frozenset()


def columns(row: Mapping[int, str]) -> Columns | None:
    """Return what the columns hold; None for a row that is no header."""
    left = {column: _key(text) for column, text in row.items() if len(text) <= 60}
    permission = _take(left, _PERMISSION)
    if permission is None:
        return None
    verbs = _verbs(left, row)
    module, reach = _take(left, _MODULE), _take(left, _REACH)
    verb = None if verbs else _take(left, _VERB)
    text = _take(left, _TEXT)
    if not verbs and not (verb and (reach or text)) and not (reach and text):
        return None
    other = [_take(left, (name,)) for name in _OTHER]
    taken = (permission, module, reach, verb, text, *other, *verbs.values())
    known = frozenset(column for column in taken if column)
    return Columns(
        permission, module, verb, reach, text, verbs, known, frozenset(row) - known
    )  # fmt: skip


def _verbs(left: dict[int, str], row: Mapping[int, str]) -> dict[Verb, int]:
    """Take the columns of the four verbs; none unless all four are there."""
    found: dict[Verb, int] = {}
    for column in left:
        if (stated := names.verb(row[column])) and stated[0] not in found:
            found[stated[0]] = column
    if len(found) < len(Verb):
        return {}
    for column in found.values():
        del left[column]
    return {verb: found[verb] for verb in Verb}


def _take(left: dict[int, str], wanted: Iterable[str]) -> int | None:
    """Take the column with the most preferred heading, misspelled only if none is right."""
    keys = [name_key(heading) for heading in wanted]
    for key in keys:
        for column, found in left.items():
            if found == key:
                del left[column]
                return column
    for key in keys:
        for column, found in left.items():
            if len(found) > 3 and names.likest(found, [key]):
                del left[column]
                return column
    return None


def _key(text: str) -> str:
    words = name_key(text).split()
    return " ".join(words[:-1] if len(words) > 1 and words[-1] in _ENDINGS else words)
