"""A least role as a hand-over in Markdown: steps to tick off, then why each box is set."""

import re
from collections.abc import Iterable, Iterator, Sequence

from auditor.least import Box, Conditional, LeastRole, Line
from auditor.rights import Verb
from auditor.rows import SourceRow
from auditor.writers.role_steps import (
    ITEMS,
    LEVELS,
    NOT_STATED,
    Handover,
    Step,
    conditional_level,
    counted,
    few,
    in_role,
    levels,
    spelled,
    steps,
)
from auditor.writers.terminal import plain

_MARKS = re.compile(r"([\\`*_\[\]<>|#~])")
_ADDRESS = re.compile(r"https?://[\w./~%:=?&-]+")


def render(handover: Handover) -> bytes:
    """Return the hand-over; the same role gives the same bytes."""
    least = handover.least
    parts = [
        f"# Security role: {text(least.role.name)}",
        (
            f"The least role for {text(', '.join(least.names))}: "
            f"{counted(least.boxes, 'level')} of {counted(least.lines, 'permission')}, "
            f"{counted(least.items, 'Table Setup item')}. "
            f"Made by psa-audit {handover.version} from matrices {handover.matrices}."
        ),
    ]
    for number, step in enumerate(steps(handover), 1):
        parts += _step(number, step, least)
    parts += [_fence(handover.verify), *_conditional(least), *_dangers(least), *_why(least)]
    parts += ["## Sources", *_bullets(map(_source, least.sources))]
    return ("\n\n".join(parts) + "\n").encode("utf-8", "replace")


def text(value: str) -> str:
    """Return a text that Markdown shows as it is, on one line."""
    line = " ".join(plain(value).split())
    escaped = _MARKS.sub(r"\\\1", line)
    return re.sub(r"&(?=#?\w+;)", "&amp;", escaped)


def _step(number: int, step: Step, least: LeastRole) -> Iterator[str]:
    yield f"## {number}. {step.title}"
    yield "\n".join(f"- [ ] {text(line)}" for line in step.lines)
    if step.shows == LEVELS:
        yield from _levels(least)
    if step.shows == ITEMS and least.items:
        yield "\n".join(f"- [ ] {text(spelled(item))}" for item in least.items)


def _levels(least: LeastRole) -> Iterator[str]:
    """Yield a checklist per module, and what the asterisk means."""
    for module in dict.fromkeys(line.module for line in least.lines):
        yield f"### {text(module)}"
        yield "\n".join(_tick(line) for line in least.lines if line.module == module)
    if least.unstated:
        yield f"\\* {NOT_STATED}: All is the safe assumption."


def _tick(line: Line) -> str:
    star = {verb: "\\*" for verb, box in line.boxes.items() if not box.is_stated}
    parts = (
        f"{verb} **{level}**{star.get(verb, '')}"
        for verb, level in zip(Verb, levels(line), strict=True)
    )
    return f"- [ ] {text(line.permission)}: {', '.join(parts)}"


def _conditional(least: LeastRole) -> Iterator[str]:
    if not least.conditional:
        return
    yield "## Only under a condition"
    yield "None of these is in the list above. Set one only where its condition holds for you."
    head = ("Right", "Level", "Only if", "Asked for by", "In the role anyway", "Basis", "Source")
    yield _table(head, (_condition(item) for item in least.conditional))


def _condition(item: Conditional) -> Sequence[str]:
    need = item.need
    return (
        need.right.label, conditional_level(item), need.condition, few(item.asked_by),
        in_role(item), need.basis, need.source,
    )  # fmt: skip


def _dangers(least: LeastRole) -> Iterator[str]:
    yield "## What a stolen key could do"
    if not least.dangers:
        yield "The role holds no combination of rights that is known to be dangerous."
        return
    yield "The selection needs these rights together. Guard the key accordingly."
    rows = (
        (item.tier.label, item.name, "; ".join(right.label for right in item.rights), item.harm)
        for item in least.dangers
    )
    yield _table(("Risk", "Combination", "Rights", "Harm"), rows)


def _why(least: LeastRole) -> Iterator[str]:
    yield "## Why each box is set"
    head = ("Box", "Level", "Basis", "Source", "Why", "Wanted by", "Actions", "Risk", "Harm")
    yield _table(head, map(_box, least.boxes))
    if least.items:
        titles = ("Customize item", "For", "Basis", "Source", "Why", "Wanted by", "Actions")
        yield _table(titles, (
            (spelled(item), ", ".join(item.verbs), item.basis, item.source, item.why,
             ", ".join(item.wanted_by), few(item.actions))
            for item in least.items
        ))  # fmt: skip


def _box(box: Box) -> Sequence[str]:
    level = box.level.label if box.is_stated else f"{box.level.label} ({NOT_STATED})"
    return (
        box.right.label, level, box.basis, box.source, box.why, ", ".join(box.wanted_by),
        few(box.actions), box.tier.label, box.harm,
    )  # fmt: skip


def _source(row: SourceRow) -> str:
    url = f": <{row.url}>" if _ADDRESS.fullmatch(row.url) else ""
    return f"{text(row.id)}: {text(row.title)}{url}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [_row(head), _row(["---"] * len(head)), *(_row(map(text, row)) for row in rows)]
    return "\n".join(lines)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _bullets(lines: Iterable[str]) -> list[str]:
    found = "\n".join(f"- {line}" for line in lines)
    return [found or "None."]


def _fence(command: str) -> str:
    """Show a command; on its one line nothing can end the block."""
    return f"```\n{' '.join(plain(command).split())}\n```"
