"""psa-audit matrix: browse the knowledge."""

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import click

from auditor import profiles
from auditor.catalogue import NO_RIGHT, Catalogue, Rule
from auditor.cli import listing, matrix_import, options
from auditor.cli.listing import Item
from auditor.errors import InputError
from auditor.operations import match_operation
from auditor.rights import Basis, Requirement
from auditor.rows import Operation

path_flag = options.flag(
    "--path", "prefix", metavar="PREFIX", default="", help="Only below this path."
)
module_flag = options.flag("--module", metavar="NAME", default="", help="Only of this module.")


@click.group("matrix")
def command() -> None:
    """Browse the knowledge: which action calls what, and what it needs."""


command.add_command(matrix_import.command)


def _listed(function: Callable[..., None]) -> click.Command:
    """Make a subcommand that prints a list."""
    name = function.__name__.strip("_")
    return command.command(name)(listing.form(options.matrices(function)))


@_listed
@path_flag
def actions(prefix: str, form: str, matrices: Path | None) -> None:
    """List the integration's actions with the rights they need."""
    catalogue = options.catalogue(matrices)

    def items() -> Iterable[Item]:
        for row in catalogue.actions.values():
            operation = catalogue.operation_of(row.id)
            if prefix and not (operation and _is_below(operation.path, prefix)):
                continue
            yield {
                "category": row.category,
                "action": row.action,
                "method": row.method or None,
                "path": row.path or None,
                **_rights(operation, catalogue),
                "note": row.note,
            }

    listing.show(items(), form, _short)


@_listed
@path_flag
def operations(prefix: str, form: str, matrices: Path | None) -> None:
    """List the API's operations with the rights they need."""
    catalogue = options.catalogue(matrices)
    items = (
        {
            "method": operation.method,
            "path": operation.path,
            "kind": operation.kind,
            **_rights(operation, catalogue),
        }
        for operation in catalogue.operations.values()
        if _is_below(operation.path, prefix)
    )
    listing.show(items, form, _short)


@_listed
@module_flag
def permissions(module: str, form: str, matrices: Path | None) -> None:
    """List the permissions of the role matrix, in screen order."""
    catalogue = options.catalogue(matrices)
    _check_module(catalogue, module)
    rows = (row for row in catalogue.permissions.values() if module in {"", row.module})
    listing.show((row.model_dump() for row in rows), form)


@_listed
@path_flag
@module_flag
@options.flag(
    "--for", "call", metavar="'METHOD /path'", default="",
    help="Which rule decides for this call, and what it overrides.",
)  # fmt: skip
def rules(prefix: str, module: str, call: str, form: str, matrices: Path | None) -> None:
    """List the rules that say which permission a path needs."""
    catalogue = options.catalogue(matrices)
    _check_module(catalogue, module)
    if call:
        method, _, path = call.strip().partition(" ")
        operation = match_operation(catalogue, method, path)
        found = enumerate(catalogue.rules_for(operation))
        items = ({"decides": "overridden" if place else "yes", **_rule(rule)}
                 for place, rule in found)  # fmt: skip
    else:
        items = (_rule(rule) for rule in catalogue.rules.values())
    listing.show(
        (
            item
            for item in items
            if module in {"", item["module"]} and _is_below(item["path"], prefix)
        ),
        form,
    )


@_listed
def _profiles(form: str, matrices: Path | None) -> None:
    """List the profiles that came along."""
    catalogue = options.catalogue(matrices)

    def items() -> Iterable[Item]:
        for name in profiles.names(catalogue):
            profile = profiles.load(name, catalogue)
            selection = profiles.select(catalogue, (name,))
            yield {
                "name": name,
                "title": profile.title,
                "actions": len(selection.actions),
                "rights": len(profiles.needs(selection, catalogue)),
                "source": profile.source,
            }

    listing.show(items(), form)


@_listed
def coverage(form: str, matrices: Path | None) -> None:
    """Count the operations of each module by what the rule for them rests on."""
    catalogue = options.catalogue(matrices)
    counts: Counter[tuple[str, str]] = Counter()
    for operation in catalogue.operations.values():
        rule = catalogue.rules_for(operation)[0]
        counts[rule.module, rule.row.basis] += 1
    calls = (catalogue.operation_of(action) for action in catalogue.actions)
    of_actions = {call for call in calls if call}
    names: dict[str, str] = {module: module for module in catalogue.modules}
    names[""] = "(no right known)"
    items = [
        {"module": name, **_by_basis({basis: counts[module, basis] for basis in Basis})}
        for module, name in names.items()
    ]
    total = Counter({basis: sum(counts[module, basis] for module in names) for basis in Basis})
    used = Counter(catalogue.rules_for(call)[0].row.basis for call in of_actions)
    items.append({"module": "all operations", **_by_basis(total)})
    items.append({"module": "487 actions", **_by_basis(used)})
    listing.show(items, form)


def _by_basis(counts: dict[Basis, int]) -> Item:
    return {"operations": sum(counts.values()), **{basis.value: counts[basis] for basis in Basis}}


def _rule(rule: Rule) -> Item:
    place = f"{rule.path.name}:{rule.line}"
    return {"module": rule.module or NO_RIGHT, **rule.row.model_dump(), "file": place}


def _rights(operation: Operation | None, catalogue: Catalogue) -> Item:
    if operation is None:
        return {"rights": [], "conditional": []}
    needed, conditional = catalogue.requirements(operation), catalogue.conditional(operation)
    return {
        "rights": [_need(need) for need in needed],
        "conditional": [{**_need(need), "condition": need.condition} for need in conditional],
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


def _short(item: Item) -> Item:
    """Return an action or operation in few columns; JSON and CSV hold them all."""
    action = {"action": f"{item['category']}/{item['action']}"} if "action" in item else {}
    operation = f"{item['method']} {item['path']}" if item["method"] else "-"
    return {**action, "operation": operation, "rights": item["rights"] or item.get("note", "")}


def _is_below(path: str, prefix: str) -> bool:
    wanted = prefix.rstrip("/").casefold()
    return not wanted or path.casefold() == wanted or path.casefold().startswith(f"{wanted}/")


def _check_module(catalogue: Catalogue, module: str) -> None:
    if module and module not in catalogue.modules:
        raise InputError(f"No module {module!r}.", f"Known: {', '.join(catalogue.modules)}.")
