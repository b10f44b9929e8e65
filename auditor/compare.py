"""Two reports → what changed, right by right and action by action. Pure and sorted."""

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from typing import Literal

from auditor import causes
from auditor.pairs import Cause, Difference, Pair, differences, right_of, view
from auditor.rights import Right, Verb
from auditor.schema import Report, RightPart

Kind = Literal[
    "lost", "found_lacking", "breaks", "undecided", "needed", "stays_missing", "open_lacking",
    "not_said", "excess", "file_excess", "gained", "repairs", "open_granted", "not_needed",
    "excess_gone", "excess_unseen", "level", "weaker",
]  # fmt: skip
KINDS: dict[Kind, str] = {
    "lost": "Lost: granted before, missing or too low now",
    "found_lacking": "Found missing: undecided before, missing or too low now",
    "breaks": "Would break: granted now, not in the file",
    "undecided": "Newly undecided",
    "needed": "Newly needed",
    "stays_missing": "Would stay missing: not in the file either",
    "open_lacking": "Undecided now, and not in the file",
    "not_said": "The file does not say",
    "excess": "Excess appeared: nothing needs it",
    "file_excess": "Excess in the file: nothing needs it",
    "gained": "Gained: granted now",
    "repairs": "Would be repaired: missing now, in the file",
    "open_granted": "Undecided now, in the file",
    "not_needed": "No longer needed",
    "excess_gone": "Excess gone",
    "excess_unseen": "Excess that this run could not see: it may still be there",
    "level": "Another level, needed or in the settings",
    "weaker": "Granted by the settings alone, proved by an answer before",
}
# What --fail-on names: the kinds of changes that a word stands for.
FAIL_ON: dict[str, frozenset[Kind]] = {
    "lost": frozenset({"lost", "found_lacking", "breaks"}),
    "gained": frozenset({"gained", "repairs"}),
    "needed": frozenset({"needed", "stays_missing", "open_lacking"}),
    "undecided": frozenset({"undecided", "not_said"}),
    "excess": frozenset({"excess", "file_excess"}),
}
_LACKING = {"missing", "level_too_low"}


@dataclass(frozen=True, slots=True)
class Side:
    """A right as one side has it: its state, the level needed and declared, the grade."""

    state: str
    needed: str | None = None
    declared: str | None = None
    grade: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One right that is not as it was; a side is None where it does not speak of the right."""

    kind: Kind
    right: Right
    before: Side | None
    after: Side | None
    causes: tuple[Cause, ...]
    why: str
    actions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ActionChange:
    """An action that both runs audited, with another verdict or outlook.

    `rights` are those of its rights that changed; where none did, the suspects, else all of them.
    """

    action: str
    before: str
    after: str
    outlook_before: str
    outlook_after: str
    why: str
    rights: tuple[str, ...]

    @property
    def is_lost(self) -> bool:
        """Tell whether it worked, or was answered, and now does not."""
        outlooks = self.outlook_before, self.outlook_after
        return outlooks == ("works", "fails") or (self.before, self.after) == ("allowed", "denied")

    @property
    def has_other_outlook(self) -> bool:
        """Tell whether more changed than the verdict on its own request."""
        return self.outlook_before != self.outlook_after


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that changed. Notes are doubts about the comparison itself."""

    differences: tuple[Difference, ...]
    changes: tuple[Change, ...]
    actions: tuple[ActionChange, ...] = ()
    notes: tuple[str, ...] = ()

    def failing(self, fail_on: Set[str]) -> tuple[str, ...]:
        """Return the words of --fail-on that something changed for; `lost` counts actions too."""
        kinds = {change.kind for change in self.changes}
        refused = any(item.is_lost for item in self.actions)
        return tuple(
            word
            for word, named in FAIL_ON.items()
            if word in fail_on and (named & kinds or (word == "lost" and refused))
        )


def compare(before: Report, after: Report, planned: tuple[str, str] = ("", "")) -> Comparison:
    """Compare two runs; `planned` are the digests of the matrices that each was planned with."""
    runs = Pair(view(before, planned[0]), view(after, planned[1]))
    ids = dict.fromkeys((*runs.before.rights, *runs.after.rights))
    found = (_change(runs.before.rights.get(name), runs.after.rights.get(name), runs)
             for name in ids)  # fmt: skip
    changes = in_order(change for change in found if change)
    notes = ("These are different PSAs: no change of one role is shown.",) * runs.is_elsewhere
    return Comparison(differences(runs), changes, tuple(_actions(runs, changes)), notes)


def in_order(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Sort changes: by kind as KINDS lists them, then by right."""
    ranks, verbs = list(KINDS), list(Verb)

    def key(change: Change) -> tuple[int, str, str, int, str]:
        right = change.right
        place = right.module, right.permission, verbs.index(right.verb), right.table or ""
        return ranks.index(change.kind), *place

    return tuple(sorted(changes, key=key))


def side_of(part: RightPart | None) -> Side | None:
    """Return a right as a report has it."""
    return Side(part.state, part.needed, part.declared, part.grade) if part else None


def _change(before: RightPart | None, after: RightPart | None, runs: Pair) -> Change | None:
    """Return what became of one right; None where nothing did."""
    part = after or before
    if part is None:
        return None
    needed = [item is not None and item.state != "excess" for item in (before, after)]
    match needed:
        case [True, True] if before and after:
            found = _moved(before, after, runs)
        case [False, True] if after:
            found = "needed", causes.of_need(after, runs.before, runs)
        case [True, False] if before:
            found = _unneeded(before, after, runs)
        case _:
            found = _excess(before, after, runs)
    if found is None:
        return None
    actions = part.actions or (before.actions if before else ())
    why = after.reason if after else ""
    return Change(found[0], right_of(part), side_of(before), side_of(after), found[1], why, actions)


_Found = tuple[Kind, tuple[Cause, ...]]


def _moved(before: RightPart, after: RightPart, runs: Pair) -> _Found | None:
    """Return what became of a right that both runs needed."""
    if kind := _kind(before, after):
        found = causes.of_state(before, after, runs)
        return kind, found
    is_declared = before.declared and after.declared and before.declared != after.declared
    if before.needed != after.needed or is_declared or before.state != after.state:
        return "level", causes.of_level(before, after, runs) or ("evidence",)
    if before.grade in {"proved", "both"} and after.grade == "declared":
        return "weaker", causes.of_state(before, after, runs)
    return None


def _kind(before: RightPart, after: RightPart) -> Kind | None:
    was, now = (standing(part.state) for part in (before, after))
    if was == now:
        return None
    kinds: dict[str, Kind] = {"granted": "gained", "undecided": "undecided", "lacking": "lost"}
    return "found_lacking" if (was, now) == ("undecided", "lacking") else kinds[now]


def standing(state: str) -> str:
    """Return the state in one word: missing and too low are both lacking."""
    return "lacking" if state in _LACKING else state


def _unneeded(before: RightPart, after: RightPart | None, runs: Pair) -> _Found:
    kind: Kind = "excess" if after else "not_needed"
    return kind, causes.of_need(before, runs.after, runs)


def _excess(before: RightPart | None, after: RightPart | None, runs: Pair) -> _Found | None:
    """Return what became of a right that neither run needed."""
    if before and after:
        is_level = before.declared and after.declared and before.declared != after.declared
        return ("level", causes.of_level(before, after, runs)) if is_level else None
    if after:
        return "excess", causes.of_excess(after, runs.before, runs)[0]
    if before:
        found, is_known = causes.of_excess(before, runs.after, runs)
        return ("excess_gone" if is_known else "excess_unseen"), found
    return None


def _actions(runs: Pair, changes: Iterable[Change]) -> Iterator[ActionChange]:
    changed = {change.right.id for change in changes}
    for name in sorted(runs.before.actions.keys() & runs.after.actions.keys()):
        one, two = runs.before.actions[name], runs.after.actions[name]
        if (one.verdict, one.outlook) == (two.verdict, two.outlook):
            continue
        suspects = tuple(dict.fromkeys((*two.suspects, *one.suspects)))
        every = tuple(dict.fromkeys((*suspects, *two.rights, *one.rights)))
        rights = tuple(right for right in every if right in changed) or suspects or every
        yield ActionChange(
            name, one.verdict, two.verdict, one.outlook, two.outlook, two.reason, rights
        )
