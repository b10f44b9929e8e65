"""The words of ConnectWise's role matrix: verb, level, right, requirement."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from auditor.errors import InputError, nearest


class Verb(StrEnum):
    """What a right allows, in the column order of the security-role screen."""

    ADD = "Add"
    EDIT = "Edit"
    DELETE = "Delete"
    INQUIRE = "Inquire"


class Level(IntEnum):
    """How far a right reaches: no record, one's own records, every record."""

    NONE = 0
    MY = 1
    ALL = 2

    @property
    def label(self) -> str:
        """Return the word of the screen: None, My, All."""
        return self.name.capitalize()

    @classmethod
    def parse(cls, text: str) -> "Level":
        """Read None, My (also Mine) or All in any letter case; raises InputError."""
        word = text.strip().casefold()
        if word == "mine":
            return cls.MY
        for level in cls:
            if word == level.name.casefold():
                return level
        raise InputError(f"{text!r} is not a level.", "Levels are None, My and All.")


class Basis(StrEnum):
    """On what we say that an operation needs a right, strongest first."""

    OBSERVED = "observed"
    DOCUMENTED = "documented"
    VENDOR = "vendor"
    INFERRED = "inferred"


TABLE_SETUP = ("System", "Table Setup")


@dataclass(frozen=True, slots=True)
class Right:
    """One cell of the role matrix; `table` names the Table Setup item it also needs."""

    module: str
    permission: str
    verb: Verb
    table: str | None = None

    @property
    def id(self) -> str:
        """Return the text form: `Module/Permission:Verb`, with `[item]` for a setup table."""
        item = f"[{self.table}]" if self.table else ""
        return f"{self.module}/{self.permission}:{self.verb}{item}"

    @property
    def label(self) -> str:
        """Return the form for people: `Module › Permission: Verb`."""
        item = f" ({self.table})" if self.table else ""
        return f"{self.module} › {self.permission}: {self.verb}{item}"


@dataclass(frozen=True, slots=True)
class Requirement:
    """A right that something needs, how far it must reach, and why we say so.

    `level` is None where no source states one. `source` holds ids of sources.csv, joined by `;`.
    `condition` is empty for a right that is always needed.
    """

    right: Right
    level: Level | None
    basis: Basis
    source: str
    why: str = ""
    condition: str = ""


def parse_verb(text: str) -> Verb:
    """Read a verb in any letter case; raises InputError."""
    for verb in Verb:
        if text.strip().casefold() == verb.casefold():
            return verb
    hint = nearest(text, Verb) or "Verbs are Add, Edit, Delete and Inquire."
    raise InputError(f"{text!r} is not a verb.", hint)
