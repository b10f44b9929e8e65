"""psa-audit matrix: browse the knowledge."""

import csv
import io
import json
import shutil
import textwrap
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click
from tabulate import tabulate

from auditor import profiles
from auditor.catalogue import NO_RIGHT, Catalogue
from auditor.cli import options
from auditor.errors import InputError
from auditor.rights import Requirement
from auditor.rows import Operation
from auditor.writers import terminal

Item = dict[str, Any]
NARROWEST = 11  # characters a column needs on average to be readable


@click.command("matrix")
@click.argument(
    "what", type=click.Choice(["actions", "operations", "permissions", "rules", "profiles"])
)
@options.flag(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    show_default=True,
    help="How to print.",
)
@options.flag("--path", "prefix", metavar="PREFIX", help="operations, rules: only below this path.")
@options.flag("--module", metavar="NAME", help="permissions, rules: only of this module.")
@options.flag(
    "--for",
    "operation",
    metavar="'METHOD /path'",
    help="rules: which rule decides for this operation, and what it overrides.",
)
@options.matrices
def command(what: str, form: str, matrices: Path | None, **only: str | None) -> None:
    """Browse the knowledge: which action calls what, and what it needs."""
    catalogue = options.catalogue(matrices)
    listing: dict[str, Callable[[Catalogue, dict[str, str | None]], Iterable[Item]]] = {
        "actions": _actions,
        "operations": _operations,
        "permissions": _permissions,
        "rules": _rules,
        "profiles": _profiles,
    }
    items = list(listing[what](catalogue, only))
    match form:
        case "json":
            click.echo(json.dumps(items, indent=2))
        case "csv":
            click.echo(_csv(items), nl=False)
        case _:
            click.echo(_table(items))


def _actions(catalogue: Catalogue, only: dict[str, str | None]) -> Iterable[Item]:
    for row in catalogue.actions.values():
        operation = catalogue.operation_of(row.id)
        if operation is None and only["prefix"]:
            continue
        if operation and not _is_below(operation.path, only["prefix"]):
            continue
        yield {
            "category": row.category,
            "action": row.action,
            "method": row.method or None,
            "path": row.path or None,
            "rights": [_need(need) for need in catalogue.requirements(operation)]
            if operation
            else [],
            "conditional": _conditional(operation, catalogue) if operation else [],
            "note": row.note,
        }


def _operations(catalogue: Catalogue, only: dict[str, str | None]) -> Iterable[Item]:
    for operation in catalogue.operations.values():
        if _is_below(operation.path, only["prefix"]):
            yield {
                "method": operation.method,
                "path": operation.path,
                "kind": operation.kind,
                "rights": [_need(need) for need in catalogue.requirements(operation)],
                "conditional": _conditional(operation, catalogue),
            }


def _permissions(catalogue: Catalogue, only: dict[str, str | None]) -> Iterable[Item]:
    _check_module(catalogue, only["module"])
    for row in catalogue.permissions.values():
        if only["module"] in {None, row.module}:
            yield row.model_dump()


def _rules(catalogue: Catalogue, only: dict[str, str | None]) -> Iterable[Item]:
    _check_module(catalogue, only["module"])
    rules: Iterable[Any] = catalogue.rules.values()
    if wanted := only["operation"]:
        method, _, path = wanted.strip().partition(" ")
        rules = catalogue.rules_for(catalogue.operation(method, path.strip()))
    for place, rule in enumerate(rules):
        if only["module"] not in {None, rule.module} or not _is_below(
            rule.row.path, only["prefix"]
        ):
            continue
        decides = {"decides": "yes" if place == 0 else "overridden"} if wanted else {}
        yield {
            **decides,
            "module": rule.module or NO_RIGHT,
            **rule.row.model_dump(),
            "file": f"{rule.path.name}:{rule.line}",
        }


def _profiles(catalogue: Catalogue, only: dict[str, str | None]) -> Iterable[Item]:
    del only
    for name in profiles.names(catalogue):
        profile = profiles.load(name, catalogue)
        needed = profiles.needs(profiles.select(catalogue, (name,)), catalogue)
        yield {
            "name": name,
            "title": profile.title,
            "actions": len(profiles.select(catalogue, (name,)).actions),
            "rights": len(needed),
            "source": profile.source,
        }


def _need(need: Requirement) -> Item:
    right = need.right
    return {
        "module": right.module,
        "permission": right.permission,
        "verb": right.verb.value,
        "level": need.level.label if need.level else None,
        "table": right.table,
        "basis": need.basis.value,
        "source": need.source,
    }


def _conditional(operation: Operation, catalogue: Catalogue) -> list[Item]:
    return [
        {**_need(need), "condition": need.condition} for need in catalogue.conditional(operation)
    ]


def _is_below(path: str, prefix: str | None) -> bool:
    if not prefix:
        return True
    wanted = prefix.rstrip("/").casefold()
    return path.casefold() == wanted or path.casefold().startswith(f"{wanted}/")


def _check_module(catalogue: Catalogue, module: str | None) -> None:
    if module and module not in catalogue.modules:
        raise InputError(f"No module {module!r}.", f"Known: {', '.join(catalogue.modules)}.")


def _flat(value: object) -> str:
    if isinstance(value, list):
        return "; ".join(_text(item) for item in value)
    return "" if value is None else str(value)


def _text(item: Item) -> str:
    table = f" [{item['table']}]" if item["table"] else ""
    level = f" {item['level']}" if item["level"] else ""
    when = f" {item['condition']}" if item.get("condition") else ""
    return f"{item['module']} > {item['permission']}: {item['verb']}{level}{table}{when}"


def _csv(items: list[Item]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    if items:
        writer.writerow(items[0])
        writer.writerows([_flat(value) for value in item.values()] for item in items)
    return out.getvalue()


def _table(items: list[Item]) -> str:
    if not items:
        return "Nothing matches."
    rows = [{key: _flat(value) for key, value in _short(item).items()} for item in items]
    shown = [key for key in rows[0] if any(row[key] for row in rows)]
    width = max(80, shutil.get_terminal_size().columns)
    needed = {key: max(len(key) + 2, *(len(row[key]) for row in rows)) for key in shown}
    if len(shown) * NARROWEST > width:
        return terminal.plain("\n\n".join(_block(row, shown, width) for row in rows))
    table = tabulate(
        [[row[key] for key in shown] for row in rows],
        headers=shown,
        maxcolwidths=_widths(needed, width - 2 * len(shown)),
    )
    return terminal.plain(table)


def _short(item: Item) -> Item:
    """Return an action or operation in few columns; JSON and CSV hold them all."""
    if "rights" not in item or "title" in item:
        return item
    action = {"action": f"{item['category']}/{item['action']}"} if "action" in item else {}
    operation = f"{item['method']} {item['path']}" if item["method"] else "-"
    return {**action, "operation": operation, "rights": item["rights"] or item.get("note", "")}


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
