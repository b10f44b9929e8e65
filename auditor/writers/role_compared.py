"""Roles compared, for an 80-column terminal: a check, a difference, what stops without."""

from collections.abc import Iterable, Iterator, Sequence

from auditor.rights import Level
from auditor.role_check import LACKING, Check, Judged
from auditor.role_diff import Change, RoleDiff, Use, Without
from auditor.writers.role_steps import counted
from auditor.writers.role_terminal import MOST, conditions, fill, page, table
from auditor.writers.terminal import plain


def check(found: Check) -> str:
    """Return what a role file lacks, has too much of and does not say, worst first."""
    count = {state: len(found.of(state)) for state in ("there", "level_too_low", "not_stated")}
    head = (
        f"Role {found.role.name!r} against {', '.join(found.least.names)}: of "
        f"{len(found.needed)} needed boxes and items {count['there']} are there, "
        f"{len(found.of('missing'))} missing, {count['level_too_low']} too low, "
        f"{count['not_stated']} not stated. In excess: {len(found.excess)}."
    )
    unmatched = ", ".join(found.role.unmatched)
    return page(
        fill(head),
        _judged("Missing or too low", found.of(*LACKING)),
        _judged("Not stated", found.of("not_stated")),
        *(fill(f"Dangerous ({item.tier.label}): {item.name}. {item.harm} Rights: "
                f"{', '.join(right.label for right in item.rights)}.") for item in found.dangers),
        _excess(found),
        _conditional_check(found),
        fill(f"Names that the role matrix does not know, left out: {unmatched}.")
        if unmatched else "",
        *map(fill, found.doubts),
    )  # fmt: skip


def difference(found: RoleDiff, before: str, after: str) -> str:
    """Return the changes from one role to another."""
    if found.is_equal:
        return plain(f"{before} and {after} allow the same.")
    return page(fill(f"From {before} to {after}:"), *_changes(found), _unclear(found))


def without(found: Without) -> str:
    """Return what stops, what may stop, and what is then needed by nothing."""
    names = ", ".join(right.label for right in found.taken)
    head = f"Without {names}, these would stop working: {_kinds(found.stopped)}."
    if not found.stopped:
        head = f"Without {names}: nothing that was selected is known to stop working."
    items = [right.table for right in found.taken if right.table]
    freed = [*_changes(found.freed)]
    return page(
        fill(head),
        fill("Customize knows no verbs: an item that is taken out is gone for every verb.")
        if items else "",
        _uses("Stops", found.stopped),
        _uses("May stop", found.perhaps),
        "\n\n".join((fill("Then needed by nothing else, and to be taken away as well:"), *freed))
        if freed else "No other right becomes superfluous.",
    )  # fmt: skip


def _judged(title: str, items: Sequence[Judged]) -> str:
    rows = [
        (item.module, item.permission, _setting(item), _count(item.actions), item.reason)
        for item in items
    ]
    head = ("Module", "Permission", "Needed", "Actions", "Because")
    return table(f"{title}:", head, rows, [12, 18, 17, 9, 16])


def _setting(item: Judged) -> str:
    if item.verb is None:
        return f"Customize: allow {item.table}"
    return f"{item.verb}: {(item.needed or Level.ALL).label}{'' if item.needed else '*'}"


def _count(names: Sequence[str]) -> str:
    return str(len(names)) if names else "-"


def _excess(found: Check) -> str:
    rows = [
        (item.risk.tier.label, item.right.label, _label(item.state.declared), item.risk.harm)
        for item in found.excess
    ]
    return table("In excess, needed by nothing that was selected:",
                  ("Risk", "Right", "Has", "Harm"), rows, [8, 30, 6, 30])  # fmt: skip


def _conditional_check(found: Check) -> str:
    has = {item.need.right.label: _label(level) for item, level in found.conditional}
    rows = [
        (right, level, has[right], "; or ".join(conditions))
        for (right, level), conditions in conditions(found.least.conditional).items()
    ]
    head = ("Right", "Level", "File", "Only if")
    return table("Needed under a condition only, not judged:", head, rows, [30, 7, 7, 30])


def _label(level: Level | None) -> str:
    return level.label if level is not None else "silent"


def _changes(found: RoleDiff) -> Iterator[str]:
    named = {
        "Gained": found.gained, "Lost": found.lost, "Raised": found.raised,
        "Lowered": found.lowered,
    }  # fmt: skip
    for title, changes in named.items():
        if changes:
            yield f"{title}:\n" + "\n".join(map(_change, changes))
    for title, items in (("allowed", found.items_gained), ("taken out", found.items_lost)):
        if items:
            yield f"Customize items {title}:\n" + "\n".join(f"  {name}" for name in items)


def _change(change: Change) -> str:
    return fill(f"  {change.right.label}: {_label(change.before)} > {_label(change.after)}")


def _unclear(found: RoleDiff) -> str:
    parts = []
    if found.unclear:
        rows: dict[str, list[str]] = {}
        for item in found.unclear:
            change = f"{item.right.verb} {_label(item.before)} > {_label(item.after)}"
            rows.setdefault(f"{item.right.module} › {item.right.permission}", []).append(change)
        lines = [fill(f"  {name}: {', '.join(changes)}") for name, changes in rows.items()]
        more = [f"  ... and {len(lines) - MOST} permissions more"] if len(lines) > MOST else []
        parts.append("\n".join(["Only one of the two says a level:", *lines[:MOST], *more]))
    if found.items_unclear:
        parts.append("Only one of the two says which Customize items are allowed.")
    return "\n\n".join(parts)


def _uses(title: str, uses: Iterable[Use]) -> str:
    rows = [(use.name, _because(use)) for use in uses]
    return table("", (title, "Because"), rows, [34, 42])


def _kinds(uses: Sequence[Use]) -> str:
    """Count actions, calls and lists of rights, each by its name once."""
    words = {"action": "action", "call": "call", "list": "rights list"}
    found = {kind: {use.name for use in uses if use.kind == kind} for kind in words}
    return ", ".join(counted(found[kind], word) for kind, word in words.items() if found[kind])


def _because(use: Use) -> str:
    """Say why something stops."""
    by = f"{use.operation} needs" if use.operation else "lists"
    when = f", {use.need.condition}" if use.need.condition else ""
    return f"{by} {use.need.right.label}{when} ({use.need.basis}: {use.need.source})"
