"""How much harm a right can do, alone and with others: risks.csv and combinations.csv.

critical  takes over the system, reads customers' passwords, or changes all customers at once
high      moves money, or changes, loses or copies what is hard to bring back
medium    disturbs daily work, or reads what the firm and its customers keep to themselves
low       a nuisance; also a box of which no effect is known, which its sentence then says

Tiers hold for a box at All and are a judgement, made from the operations that need the right;
where none is known to need it, from its name. No row proves that ConnectWise acts so.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field

from auditor import grid
from auditor.catalogue import Catalogue
from auditor.errors import InputError, MatrixError, nearest
from auditor.profiles import parse_right
from auditor.rights import Right, Verb

NO_EFFECT = "No effect of this box is known."


class Tier(IntEnum):
    """How bad it gets, least first."""

    LOW = 0
    MEDIUM = 1
    HIGH = 2
    CRITICAL = 3

    @property
    def label(self) -> str:
        """Return the word of the files: low, medium, high, critical."""
        return self.name.lower()


def _tier(text: str) -> Tier:
    for tier in Tier:
        if text == tier.label:
            return tier
    known = ", ".join(tier.label for tier in Tier)
    raise ValueError(nearest(text, [tier.label for tier in Tier]) or f"tiers are {known}")


TierCell = Annotated[Tier, BeforeValidator(_tier)]
Sentence = Annotated[str, Field(pattern=r"^[A-Z].*\.$")]


class RiskRow(grid.Row):
    """risks.csv: the harm of one box of the role matrix, set to All."""

    module: str
    permission: str
    verb: Verb
    tier: TierCell
    harm: Sentence

    @property
    def has_known_effect(self) -> bool:
        """Tell whether the box is known to do anything; `low` alone does not say so."""
        return self.harm != NO_EFFECT


class CombinationRow(grid.Row):
    """combinations.csv: right ids joined by `;` that together do more harm than each alone."""

    name: str = Field(min_length=1)
    rights: str = Field(min_length=1)
    tier: TierCell
    harm: Sentence
    why: Sentence


@dataclass(frozen=True, slots=True)
class Combination:
    """Rights that are dangerous together, or one that alone amounts to an administrator."""

    name: str
    rights: tuple[Right, ...]
    tier: Tier
    harm: str
    why: str


@dataclass(frozen=True, slots=True)
class Risks:
    """The harm of every box, and the dangerous combinations, worst first."""

    rows: Mapping[tuple[str, str, Verb], RiskRow]
    known_combinations: tuple[Combination, ...]

    def of(self, right: Right) -> RiskRow:
        """Return the row of a right; a setup table has that of Table Setup. Raises InputError."""
        if row := self.rows.get((right.module, right.permission, right.verb)):
            return row
        known = [Right(*key).id for key in self.rows]
        raise InputError(f"No risk is known of {right.id!r}.", nearest(right.id, known))

    def combinations(self, rights: Iterable[Right]) -> tuple[Combination, ...]:
        """Return the combinations that lie wholly within these rights, worst first.

        Table Setup without a table stands for every table; one table never stands for all.
        """
        held = frozenset(rights)
        return tuple(
            found
            for found in self.known_combinations
            if all(_holds(held, right) for right in found.rights)
        )


@lru_cache(maxsize=4)
def load(catalogue: Catalogue) -> Risks:
    """Read both files of the matrices; raises MatrixError with file and line."""
    return Risks(_rows(catalogue), _combinations(catalogue))


def _holds(held: frozenset[Right], right: Right) -> bool:
    whole = Right(right.module, right.permission, right.verb)
    return right in held or whole in held


def _rows(catalogue: Catalogue) -> dict[tuple[str, str, Verb], RiskRow]:
    path, line = catalogue.file("risks.csv"), 1
    found: dict[tuple[str, str, Verb], RiskRow] = {}
    for line, row in grid.read(path, RiskRow):
        _located(path, line, row.module, row.permission, catalogue)
        key = (row.module, row.permission, row.verb)
        if key in found:
            raise MatrixError(path, line, f"{Right(*key).id!r} is listed twice.")
        found[key] = row
    wanted = [(*key, verb) for key, verb in product(catalogue.permissions, Verb)]
    missing = [Right(*key).id for key in wanted if key not in found]
    if catalogue.has_base:  # permissions that an overlay adds are judged by nobody
        for module, permission, verb in (key for key in wanted if key not in found):
            found[module, permission, verb] = RiskRow(
                module=module, permission=permission, verb=verb, tier="low", harm=NO_EFFECT
            )
    elif missing:
        others = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise MatrixError(path, line, f"the file ends without a row for {missing[0]!r}{others}.")
    return found


def _located(path: Path, line: int, module: str, permission: str, catalogue: Catalogue) -> None:
    try:
        catalogue.permission(module, permission)
    except InputError as error:
        raise MatrixError(path, line, str(error), error.hint) from error


def _combinations(catalogue: Catalogue) -> tuple[Combination, ...]:
    path = catalogue.file("combinations.csv")
    found: dict[frozenset[Right], Combination] = {}
    for line, row in grid.read(path, CombinationRow):
        rights = tuple(_right(path, line, text, catalogue) for text in row.rights.split(";"))
        key = frozenset(rights)
        if len(key) < len(rights):
            raise MatrixError(path, line, "names a right twice.")
        if key in found or row.name in {other.name for other in found.values()}:
            raise MatrixError(path, line, f"{row.name!r}: its name or its rights are listed twice.")
        found[key] = Combination(row.name, rights, row.tier, row.harm, row.why)
    return tuple(sorted(found.values(), key=lambda item: -item.tier))


def _right(path: Path, line: int, text: str, catalogue: Catalogue) -> Right:
    try:
        requirement = parse_right(text.strip(), catalogue)
    except InputError as error:
        raise MatrixError(path, line, str(error), error.hint) from error
    right = requirement.right
    if requirement.level is not None:
        raise MatrixError(path, line, f"{text!r} states a level; tiers hold for All.")
    return right
