"""Print a list of items as a table that fits the terminal, as JSON or as CSV."""

import csv
import io
import json
import shutil
import textwrap
from collections.abc import Callable, Iterable
from typing import Any

import click
from tabulate import tabulate

from auditor.cli import options
from auditor.writers import terminal

Item = dict[str, Any]
NARROWEST = 11  # characters a column needs on average to be readable

form = options.flag(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    show_default=True,
    help="How to print.",
)


def show(items: Iterable[Item], how: str, short: Callable[[Item], Item] = dict) -> None:
    """Print the items; `short` says what of an item a table has room for."""
    found = list(items)
    match how:
        case "json":
            click.echo(json.dumps(found, indent=2))
        case "csv":
            click.echo(_csv(found), nl=False)
        case _:
            click.echo(table([short(item) for item in found]))


def table(items: list[Item]) -> str:
    """Return a table, or blocks of lines where the columns would be too narrow."""
    if not items:
        return "Nothing matches."
    rows = [{key: _flat(value) for key, value in item.items()} for item in items]
    shown = [key for key in rows[0] if any(row[key] for row in rows)]
    width = max(80, shutil.get_terminal_size().columns)
    needed = {key: max(len(key) + 2, *(len(row[key]) for row in rows)) for key in shown}
    if len(shown) * NARROWEST > width and sum(needed.values()) + 2 * len(shown) > width:
        return terminal.plain("\n\n".join(_block(row, shown, width) for row in rows))
    text = tabulate(
        [[row[key] for key in shown] for row in rows],
        headers=shown,
        maxcolwidths=_widths(needed, width - 2 * len(shown)),
        colalign=["right" if _is_numeric(rows, key) else "left" for key in shown],
    )
    return terminal.plain(text)


def _is_numeric(rows: list[dict[str, str]], key: str) -> bool:
    return all(row[key].isdigit() for row in rows if row[key])


def _block(row: dict[str, str], shown: list[str], width: int) -> str:
    """Write one item as lines of name and value, for items too wide for a table."""
    margin = max(len(key) for key in shown) + 2
    return "\n".join(
        textwrap.fill(
            row[key], width, initial_indent=key.ljust(margin), subsequent_indent=" " * margin
        )
        for key in shown
        if row[key]
    )


def _widths(needed: dict[str, int], width: int) -> list[int]:
    """Share the width: short columns get what they need, the others the same part each."""
    left, shares = width, {}
    for place, key in enumerate(sorted(needed, key=lambda key: needed[key])):
        shares[key] = max(6, min(needed[key], left // (len(needed) - place)))
        left -= shares[key]
    return [shares[key] for key in needed]


def _csv(items: list[Item]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    if items:
        writer.writerow(items[0])
        writer.writerows([_flat(value) for value in item.values()] for item in items)
    return out.getvalue()


def _flat(value: object) -> str:
    if isinstance(value, list):
        return "; ".join(_text(item) for item in value)
    return "" if value is None else str(value)


def _text(item: Item) -> str:
    table = f" [{item['table']}]" if item["table"] else ""
    level = f" {item['level']}" if item["level"] else ""
    when = f" {item['condition']}" if item.get("condition") else ""
    return f"{item['module']} > {item['permission']}: {item['verb']}{level}{table}{when}"
