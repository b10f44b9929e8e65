"""What a sheet can say, each with its cell, and the column values that hold for blanks below."""

from dataclasses import dataclass
from typing import NamedTuple

from auditor.matrix_import.cells import Sheet
from auditor.matrix_import.names import Reach
from auditor.rights import Verb


class Said(NamedTuple):
    """One statement of a sheet: a permission, and unless only named, a verb at a level.

    `module` is ours, `permission` as it is spelled in `place`; `text` is empty where only a level
    is given.
    """

    module: str
    permission: str
    place: str
    cell: str
    verb: Verb | None = None
    reach: Reach | None = None
    text: str = ""


class Doubt(NamedTuple):
    """Something that was not understood, and the cell it stands in."""

    cell: str
    message: str


class Likeness(NamedTuple):
    """Something that was taken for a name of ours although it is spelled otherwise."""

    cell: str
    found: str
    taken: str


Item = Said | Doubt | Likeness


@dataclass(slots=True)
class Carry:
    """The last value of a column: it holds for the blanks below, or for its merged range."""

    text: str = ""
    place: tuple[int, int] = (0, 0)
    is_merged: bool = False

    def move(self, sheet: Sheet, row: int, column: int) -> bool:
        """Take what the column says at this row; tell whether another value begins."""
        before = self.text
        if text := sheet.text(row, column):
            self.text, self.is_merged = text, (row, column) in sheet.merged
            self.place = sheet.merged.get((row, column), (row, column))
        elif self.is_merged:
            self.text = ""
        return self.text != before
