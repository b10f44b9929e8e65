"""Usage and evidence → every kind of failure explained, and the rights behind them. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from auditor.atoms import atoms_of
from auditor.explain import Explanation, Standing, Standings, Suspect, explain, unknown
from auditor.rights import Requirement, Right
from auditor.usage import Group, Span, Usage


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of failure: what explains it, how often, when; `note` what else the calls say."""

    explanation: Explanation
    asked: str
    span: Span
    note: str = ""

    @property
    def is_explained(self) -> bool:
        """Tell whether the operation is known."""
        return self.explanation.operation is not None


@dataclass(frozen=True, slots=True)
class Blamed:
    """A right whose lack is the likeliest cause of some failures.

    `others` counts the further rights that may be the cause of all of these failures instead.
    """

    suspect: Suspect
    cases: tuple[Case, ...]
    span: Span
    others: int


@dataclass(frozen=True, slots=True)
class Cases:
    """Everything that could be said of the calls."""

    usage: Usage
    cases: tuple[Case, ...]
    blamed: tuple[Blamed, ...]

    @property
    def is_complete(self) -> bool:
        """Tell whether every failure is explained and every row was read."""
        explained = all(case.is_explained for case in self.cases)
        return explained and not self.usage.unread and not self.usage.more_unknown


def explain_all(found: Usage, standings: Standings = unknown) -> Cases:
    """Explain every kind of failure; calls that succeeded cross out what they show.

    A refusal that leaves one suspect shows it to be missing, which then explains further ones.
    """
    known = _with_log(standings, found)
    first = [explain(group.call, found.catalogue, known) for group in found.failures]
    lacking = _sole_suspects(first)
    known = _with_lacking(known, lacking)
    cases = tuple(
        Case(explain(group.call, found.catalogue, known), group.asked, group.span,
             _note(group, found))
        for group in found.failures
    )  # fmt: skip
    return Cases(found, cases, tuple(_blamed(cases)))


def explain_calls(found: Usage, standings: Standings = unknown) -> Cases:
    """Explain every call, those that succeeded too."""
    cases = tuple(
        Case(explain(group.call, found.catalogue, standings), group.asked, group.span)
        for group in found.groups.values()
    )
    return Cases(found, cases, tuple(_blamed(cases)))


def _with_log(standings: Standings, found: Usage) -> Standings:
    proofs = found.proofs()

    def stands(need: Requirement) -> Standing:
        known = standings(need)
        atoms = atoms_of(need.right)
        if known.state in {"missing", "too_low", "proved"} or not atoms & proofs.keys():
            return known
        seen = next(proofs[atom] for atom in sorted(atoms) if atom in proofs)
        if atoms <= proofs.keys():
            return Standing("proved", f"used with success here: {seen}")
        is_level = any(not atom[3] for atom in atoms & proofs.keys())
        return Standing(known.state, known.why, is_level) if is_level else known

    return stands


def _with_lacking(standings: Standings, lacking: Mapping[Right, str]) -> Standings:
    def stands(need: Requirement) -> Standing:
        known = standings(need)
        if known.state != "open" or need.right not in lacking:
            return known
        why = f"{lacking[need.right]} was refused and is known to need nothing else"
        return Standing("missing", why, known.is_item_only)

    return stands


def _sole_suspects(found: list[Explanation]) -> dict[Right, str]:
    """Return the rights that alone can explain an exact refusal, with the refused call."""
    lacking: dict[Right, str] = {}
    for item in found:
        left = [suspect for suspect in item.suspects if not suspect.is_out]
        is_sole = item.reply.blames == "role" and len(left) == 1 and not left[0].need.condition
        if is_sole and item.operation:
            lacking.setdefault(left[0].need.right, item.operation.id)
    return lacking


def _note(group: Group, found: Usage) -> str:
    """Say what it means that the same call succeeded too."""
    works = found.successes.get(group.operation.id if group.operation else group.asked)
    if works is None or group.reply.blames == "other":
        return ""
    times = f"{works.span.count} of these calls succeeded"
    last, first = group.span.last, works.span.first
    if first and last and first > last:
        return f"{times}, all after the last failure: it seems to be mended."
    if works.span.last and group.span.first and works.span.last < group.span.first:
        return f"{times}, all before the first failure: something was taken away since."
    return (f"{times} too, so some records are refused and others not: look for the level My, and "
            "for restrictions to locations, departments or boards.")  # fmt: skip


def _blamed(cases: tuple[Case, ...]) -> Iterator[Blamed]:
    """Yield the rights behind the failures, the one behind most calls first."""
    grouped: dict[Right, list[Case]] = {}
    for case in cases:
        if first := case.explanation.likeliest:
            grouped.setdefault(first.need.right, []).append(case)
    found = [_one(items) for items in grouped.values()]
    yield from sorted(found, key=lambda item: (-item.span.count, item.suspect.need.right.id))


def _one(cases: list[Case]) -> Blamed:
    span = Span()
    for case in cases:
        span.merge(case.span)
    shared = [{s.need.right for s in case.explanation.suspects if not s.is_out} for case in cases]
    likeliest = cases[0].explanation.suspects[0]
    is_sure = likeliest.standing.state == "missing"
    others = 0 if is_sure else len(set.intersection(*shared)) - 1
    return Blamed(likeliest, tuple(cases), span, others)
