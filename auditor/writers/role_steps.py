"""What a PSA administrator does to put a least role into use, step by step: shared wording."""

from collections.abc import Mapping, Sequence, Sized
from dataclasses import dataclass
from typing import Any

from auditor.least import Conditional, Item, LeastRole, Line
from auditor.rights import Level, Verb

LEVELS = "levels"  # marks where the list of levels goes
ITEMS = "items"  # and the list of Customize items
NOT_STATED = "level not stated by any source"
_NAMED = 8  # actions named in one cell; the role file in JSON names them all


@dataclass(frozen=True, slots=True)
class Handover:
    """A least role with what the files about it need: its settings as the API lists them.

    `verify` is the command that audits the finished member.
    """

    least: LeastRole
    settings: Sequence[Mapping[str, Any]]
    customize_items: Sequence[Mapping[str, Any]]
    verify: str
    version: str
    matrices: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step: a title, what to do, and which list belongs below it."""

    title: str
    lines: tuple[str, ...]
    shows: str = ""


def steps(handover: Handover) -> tuple[Step, ...]:
    """Return the steps in the order they are taken."""
    name = handover.least.role.name
    return (
        Step("Create the security role", (
            "Open System > Security Roles and press +.",
            f"Name the role, for example: {name}.",
            "Save.",
        )),
        Step("Set these levels", (
            "Open the new role. The list follows the screen from top to bottom.",
            "Leave every permission that is not in the list at None.",
        ), LEVELS),
        Step("Choose the Table Setup items", (_customize(handover.least),), ITEMS),
        Step("Create the API member", (
            "Open System > Members > API Members and press +.",
            "Enter a member ID and a member name that name the integration.",
            f"Role ID: the new role, {name}.",
            "Level: the highest there is, such as Corporate (Level 1).",
            ("Choose location, department and default territory by your own rules. What they "
            "leave out stays out of reach, whatever the role says."),
            "Save.",
        )),
        Step("Create the API keys", (
            "Open the new API member and its tab API Keys, and press +.",
            "Describe what the key is for, and save.",
            ("Copy the public and the private key now, into a password manager: the private key "
            "is shown this once only."),
        )),
        Step("Verify", (
            ("Give psa-audit the keys by the environment (PSA_AUDIT_PUBLIC_KEY, "
            "PSA_AUDIT_PRIVATE_KEY, PSA_AUDIT_CLIENT_ID) or let it ask, and run the command "
            "below. Exit code 0 means that every needed right is there."),
        )),
    )  # fmt: skip


def levels(line: Line) -> tuple[str, ...]:
    """Return the four levels of a permission in words, in the order of the screen."""
    return tuple(line.level(verb).label for verb in Verb)


def assumed(line: Line) -> str:
    """Name the verbs that are set to All because no source states the level; perhaps none."""
    return ", ".join(verb for verb, box in line.boxes.items() if not box.is_stated)


def spelled(item: Item) -> str:
    """Return an item's name, with a warning where its spelling is not public."""
    return item.table if item.is_published else f"{item.table} (spelling on the screen not public)"


def conditional_level(item: Conditional) -> str:
    """Return the level a conditional right would need."""
    return (item.need.level or Level.ALL).label


def in_role(item: Conditional) -> str:
    """Say whether the role has a conditional right all the same."""
    return "yes, something else needs it" if item.is_in_role else "no"


def counted(things: Sized, word: str) -> str:
    """Count things in words: `1 level`, `2 levels`."""
    return f"{len(things)} {word}{'' if len(things) == 1 else 's'}"


def few(names: Sequence[str], between: str = ", ") -> str:
    """List the first names, and how many more there are."""
    more = (f"and {len(names) - _NAMED} more",) if len(names) > _NAMED else ()
    return between.join((*names[:_NAMED], *more))


def _customize(least: LeastRole) -> str:
    if least.every_item:
        return (
            "Table Setup is wanted as a whole: leave every item under Customize allowed. Once it "
            "is known which are used, take the others out."
        )
    if not least.items:
        return "None is needed: Table Setup stays at None, and there is nothing to customize."
    return "Beside System > Table Setup press Customize, and allow these items and no other."
