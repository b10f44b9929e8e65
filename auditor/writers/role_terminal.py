"""The least role for an 80-column terminal, in the order of the role screen."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

from tabulate import tabulate

from auditor.least import Conditional, LeastRole, Line
from auditor.rights import Verb
from auditor.writers.role_steps import NOT_STATED, conditional_level, counted, spelled
from auditor.writers.terminal import plain

WIDTH = 80
MOST = 30  # rows of one table
_NAME, _BASIS, _BY = 26, 10, 6  # widths of columns
_ITEM_WIDTHS = [46, 16, 10]


def least(role: LeastRole) -> str:
    """Return the role in screen order, its Customize items, and what is conditional."""
    head = (
        f"The least role for {', '.join(role.names)}: {counted(role.boxes, 'level')} of "
        f"{counted(role.lines, 'permission')}. Whatever is not listed stays None."
    )
    return page(
        fill(head), _legend(role), "\n".join(_grid(role)), _stars(role), _items(role),
        _conditional(role), _dangers(role), _sources(role),
    )  # fmt: skip


def conditions(items: Iterable[Conditional]) -> dict[tuple[str, str], list[str]]:
    """Group the conditions of each right that the least role does not have anyway."""
    found: dict[tuple[str, str], list[str]] = {}
    for item in items:
        if not item.is_in_role:
            level = f"{conditional_level(item)}{'' if item.need.level else '*'}"
            found.setdefault((item.need.right.label, level), []).append(item.need.condition)
    return found


def table(
    title: str, head: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]
) -> str:
    """Return a titled table, empty without rows; `widths` in characters, at most 80 in all."""
    if not rows:
        return ""
    shown = tabulate(
        [[plain(cell) for cell in row] for row in rows[:MOST]], headers=head,
        maxcolwidths=list(widths), disable_numparse=True,
    )  # fmt: skip
    left = len(rows) - MOST
    more = f"\n... and {left} more: --format json names them all." if left > 0 else ""
    return f"{title}\n\n{shown}{more}" if title else f"{shown}{more}"


def fill(text: str) -> str:
    """Return a text in lines of the terminal."""
    return textwrap.fill(plain(text), WIDTH, subsequent_indent="  ")


def page(*blocks: str) -> str:
    """Return the blocks that are not empty, with nothing in them that steers a terminal."""
    return plain("\n\n".join(block for block in blocks if block))


def _legend(role: LeastRole) -> str:
    if len(role.names) < 2:
        return ""
    numbered = (f"{number} = {name}" for number, name in enumerate(role.names, 1))
    return fill(f"By: {', '.join(numbered)}.")


def _grid(role: LeastRole) -> Iterator[str]:
    """Yield a table with a heading per module."""
    by = "By" if len(role.names) > 1 else ""
    yield _row("Permission", [*Verb], "Risk", "Basis", by)
    yield "-" * (WIDTH - 1)
    module = ""
    for line in role.lines:
        if line.module != module:
            module = line.module
            yield module
        yield from _line(line, role.names)


def _line(line: Line, names: Sequence[str]) -> Iterator[str]:
    """Yield the rows of one permission; what is too long for its column goes on below."""
    places = sorted(names.index(name) + 1 for name in line.wanted_by) if len(names) > 1 else []
    parts = zip_longest(
        textwrap.wrap(line.permission, _NAME - 3),
        line.bases,
        textwrap.wrap(" ".join(map(str, places)), _BY),
        fillvalue="",
    )
    for place, (name, basis, wanted) in enumerate(parts):
        levels = ["" if place else _level(line, verb) for verb in Verb]
        yield _row(f"  {name}", levels, "" if place else line.tier.label, basis, wanted)


def _level(line: Line, verb: Verb) -> str:
    star = "" if verb not in line.boxes or line.boxes[verb].is_stated else "*"
    return line.level(verb).label + star


def _row(name: str, levels: Sequence[str], risk: str, basis: str, by: str) -> str:
    cells = " ".join(f"{level:<{len(verb) + 1}}" for level, verb in zip(levels, Verb, strict=True))
    return f"{name:<{_NAME}}{cells} {risk:<8} {basis:<{_BASIS}} {by}".rstrip()


def _stars(role: LeastRole) -> str:
    star = f"* {NOT_STATED}: All is the safe assumption.\n" if role.unstated else ""
    return f"{star}Risk: the worst that a box of the row can do when it is set to All."


def _items(role: LeastRole) -> str:
    if role.every_item:
        return fill("Customize of Table Setup: every item, as Table Setup is wanted as a whole.")
    if not role.items:
        return ""
    rows = [(spelled(item), _verbs(item.verbs), item.basis) for item in role.items]
    shown = tabulate(rows, headers=("Item", "For", "Basis"), maxcolwidths=_ITEM_WIDTHS)
    return f"Customize of Table Setup, these items only:\n\n{shown}"


def _verbs(verbs: Sequence[Verb]) -> str:
    return ", ".join(verbs) if len(verbs) < len(Verb) else "all four"


def _conditional(role: LeastRole) -> str:
    """Return the conditional rights that the role does not have."""
    rows = [
        (right, level, "; or ".join(conditions))
        for (right, level), conditions in conditions(role.conditional).items()
    ]
    return table("Only under a condition, and not in the role:",
                  ("Right", "Level", "Only if"), rows, [36, 7, 33])  # fmt: skip


def _dangers(role: LeastRole) -> str:
    lines = [f"{item.tier.label}: {item.name}. {item.harm}" for item in role.dangers]
    return "\n".join(
        ["What a stolen key could do:", *(fill(f"- {line}") for line in lines)] if lines else []
    )


def _sources(role: LeastRole) -> str:
    return fill(f"Sources: {', '.join(row.id for row in role.sources)}.") if role.sources else ""
