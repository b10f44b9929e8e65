"""A sheet → what its rows say of permissions, with the cell each word stands in."""

import re
from dataclasses import dataclass, field, replace
from typing import Any

from auditor.matrix_import import names
from auditor.matrix_import.cells import LONGEST, MOST_COLUMNS, MOST_ROWS, Sheet
from auditor.matrix_import.headings import Columns, columns
from auditor.matrix_import.names import Match, Names, Reach
from auditor.matrix_import.statements import Carry, Doubt, Item, Likeness, Said
from auditor.rights import Verb

_LONGEST_NAME = 80  # characters; longer is a sentence
_SPREAD = re.compile(
    r"(?:(ALL|MINE|MY|NONE)\b\s*[:=–—-]?|((?i:all|mine|my|none))\s*[:=–—-])\s*(.*)"
)


@dataclass(slots=True)
class Table:
    """Read a sheet from top to bottom, noting what it says and what is not understood."""

    sheet: Sheet
    names: Names
    module: str = ""  # where no column names one; empty while none is known
    title: str = ""  # what stands where the module should be named
    layout: Columns | None = None
    groups: Carry = field(default_factory=Carry)
    permission: Carry = field(default_factory=Carry)
    verb: Carry = field(default_factory=Carry)
    items: list[Item] = field(default_factory=list)
    unread: dict[str, tuple[str, int]] = field(default_factory=dict)  # no module → cell, rows

    def read(self) -> list[Item]:
        """Return everything the sheet says, and everything in it that is not understood."""
        self._name()
        early = []
        for number, row in self.sheet.rows.items():
            if found := columns(self._whole(number)):
                self._header(number, found)
            elif len(row) == 1 and self._is_title(number, *next(iter(row.items()))):
                continue
            elif self.layout:
                self._row(number, self.layout)
            elif len(row) > 2:
                early.append((number, min(row)))
        self._close(early)
        return self.items

    def _close(self, early: list[tuple[int, int]]) -> None:
        """Say what was left out: without a header all; with one, the rows above it."""
        if self.layout:
            for place in early:
                self._doubt(*place, "stands above the header: not read.")
        elif self.sheet.rows:
            self._doubt(min(self.sheet.rows), 1, "no header row in this sheet: not read.")
        for title, (cell, rows) in self.unread.items():
            message = f"no module is called {_shown(title)}: not read (rows: {rows})."
            self.items.append(Doubt(cell, message))
        if cut := self.sheet.cut:
            bounds = f"{MOST_ROWS:,} rows, {MOST_COLUMNS} columns or {LONGEST:,} characters"
            more = f" ({len(cut)} cells)" if len(cut) > 1 else ""
            self._doubt(*cut[0], f"not read: beyond {bounds}{more}.")

    def _skip(self, row: int, column: int, rows: int = 1) -> None:
        """Count rows under a module that nobody knows."""
        cell, before = self.unread.get(self.title, (self.sheet.name(row, column), 0))
        self.unread[self.title] = (cell, before + rows)

    def _doubt(self, row: int, column: int, message: str) -> None:
        self.items.append(Doubt(self.sheet.name(row, column), message))

    def _name(self) -> None:
        self.title = self.sheet.title
        if found := self.names.module(self.title):
            self.module = found.name
            if not found.exact:
                self.items.append(Likeness(self.sheet.name(1, 1), self.title, found.name))

    def _whole(self, number: int) -> dict[int, str]:
        """Return the row's texts, with those of ranges merged from above."""
        row = dict(self.sheet.rows[number])
        for column in range(1, MOST_COLUMNS + 1) if self.sheet.merged else ():
            if text := self.sheet.text(number, column):
                row.setdefault(column, text)
        return row

    def _header(self, number: int, found: Columns) -> None:
        self.layout = found
        self.groups, self.permission, self.verb = Carry(), Carry(), Carry()
        for column in sorted(found.unknown):
            if text := self.sheet.own(number, column):
                self._doubt(number, column, f"the column {_shown(text)} is not read.")

    def _is_title(self, number: int, column: int, text: str) -> bool:
        """Take a row of one cell as a title, if it is one."""
        is_across = (number, column) in self.sheet.across
        found = self.names.module_title(text)
        if self.layout and self.layout.module:
            return bool(is_across and found)
        if found:
            self._begin(number, column, text, found)
            return True
        if not self.layout:
            return True
        may_name = self.module and (is_across or column not in self.layout.known)
        if may_name and self._is_permission_title(number, column, text):
            return True
        if not is_across or self.names.module(self.sheet.title):
            return False
        self.title, self.module, self.permission = text, "", Carry()
        self._skip(number, column, rows=0)
        return True

    def _begin(self, number: int, column: int, text: str, found: Match) -> None:
        """Begin a module at its title row."""
        if self.module and found.name != self.module and self.names.module(self.sheet.title):
            self._doubt(number, column, f"{_shown(text)} in a sheet called {self.sheet.title!r}.")
        if not found.exact:
            self.items.append(Likeness(self.sheet.name(number, column), text, found.name))
        self.title, self.module = text, found.name
        self.permission, self.verb = Carry(), Carry()

    def _is_permission_title(self, number: int, column: int, text: str) -> bool:
        """Take a row of one cell as the title of a permission's rows, if we know it."""
        if self.names.permission(self.module, text):
            self.permission, self.verb = Carry(text, (number, column)), Carry()
            self._say(number, column)
            return True
        return False

    def _say(self, row: int, column: int, *stated: Any) -> None:
        """Note a statement on the current permission, made in this cell."""
        place, cell = self.sheet.name(*self.permission.place), self.sheet.name(row, column)
        self.items.append(Said(self.module, self.permission.text, place, cell, *stated))

    def _row(self, number: int, layout: Columns) -> None:
        row = self.sheet.rows[number]
        for column in row.keys() - layout.known - layout.unknown:
            self._doubt(number, column, f"{_shown(row[column])} stands under no heading.")
        if not row.keys() & layout.known:
            return
        first = min(row.keys() & layout.known)
        if layout.module and not self._is_in_module(number, layout.module):
            return
        if self.permission.move(self.sheet, number, layout.permission):
            self.verb = Carry()
        if not self.module:
            self._skip(number, first)
        elif self._has_name(number, first):
            if self.sheet.own(number, layout.permission):
                self._say(*self.permission.place)
            if layout.verbs:
                self._wide(number, layout)
            else:
                self._long(number, layout)

    def _is_in_module(self, number: int, column: int) -> bool:
        """Take the module from its column; tell whether one is named there."""
        if self.groups.move(self.sheet, number, column):
            self.permission, self.verb = Carry(), Carry()
            text = self.title = self.groups.text
            found = self.names.module(text)
            self.module = found.name if found else ""
            if found and not found.exact:
                self.items.append(Likeness(self.sheet.name(number, column), text, found.name))
        if not self.groups.text:
            self._doubt(number, min(self.sheet.rows[number]), "names no module.")
        return bool(self.groups.text)

    def _has_name(self, number: int, column: int) -> bool:
        """Tell whether the row is of something that can be a permission's name."""
        text = self.permission.text
        if not text:
            self._doubt(number, column, "names no permission.")
        elif text.startswith("=") or len(text) > _LONGEST_NAME or not re.search("[^\\W\\d_]", text):
            self._doubt(number, column, f"{_shown(text)} is not a permission's name.")
        else:
            return True
        return False

    def _long(self, number: int, layout: Columns) -> None:
        """Read a row that says what one verb at one level allows."""
        column = layout.verb or layout.reach or layout.permission
        self.verb.move(self.sheet, number, column)
        reach_text = self.sheet.text(number, layout.reach) if layout.verb else ""
        text = self.sheet.text(number, layout.text)
        has_content = bool(reach_text or text or self.sheet.own(number, column))
        if not self.verb.text:
            if has_content:
                self._doubt(number, min(self.sheet.rows[number]), "names no verb.")
            return
        both = None if layout.verb else names.verb_and_reach(self.verb.text)
        if both:
            self._say(number, layout.text or column, *both, text)
        elif verb := self._verb(number, column):
            self._levels(number, layout, verb, reach_text, text)

    def _verb(self, number: int, column: int) -> Verb | None:
        found = names.verb(self.verb.text)
        if not found:
            self._doubt(number, column, f"{_shown(self.verb.text)} is not a verb.")
            return None
        if not found[1]:
            cell = self.sheet.name(*self.verb.place)
            self.items.append(Likeness(cell, self.verb.text, found[0]))
        return found[0]

    def _levels(self, number: int, layout: Columns, verb: Verb, reach_text: str, text: str) -> None:
        """Note what the verb allows at the level of the row, or at each one its text names."""
        column = layout.text or layout.reach or layout.permission
        if reach_text:
            if reach := names.reach(reach_text):
                self._say(number, column, verb, reach, text)
            else:
                self._doubt(number, layout.reach or column, f"{_shown(reach_text)} is no level.")
        elif text:
            self._spread(number, column, verb, text)

    def _wide(self, number: int, layout: Columns) -> None:
        """Read a row with a column for each verb: levels, or what they allow."""
        reach_text = self.sheet.text(number, layout.reach)
        for verb, column in layout.verbs.items():
            if not (text := self.sheet.text(number, column)):
                continue
            if reach_text:
                self._levels(number, replace(layout, text=column), verb, reach_text, text)
            elif reach := names.reach(text):
                self._say(number, column, verb, reach)
            else:
                self._spread(number, column, verb, text)

    def _spread(self, number: int, column: int, verb: Verb, text: str) -> None:
        """Note the levels of one cell, such as `ALL: every record` and `NONE: nothing`."""
        found: list[tuple[Reach, str]] = []
        for line in text.split("\n"):
            match = _SPREAD.match(line)
            if match and (reach := names.reach(match[1] or match[2])):
                found.append((reach, match[3]))
            elif found:
                found[-1] = (found[-1][0], f"{found[-1][1]} {line}".strip())
            else:
                self._doubt(number, column, f"{_shown(text)} names no level.")
                return
        for reach, part in found:
            self._say(number, column, verb, reach, part)


def _shown(text: str) -> str:
    line = " ".join(text.split())
    return repr(line if len(line) <= 60 else f"{line[:57]}...")
