"""What the settings of the member's role say, read from the PSA or a file, kept in the journal."""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from auditor.catalogue import Catalogue
from auditor.client import Answer, Client
from auditor.declared import WHOLE_MATRIX, Declared, merged
from auditor.events import Settings
from auditor.gate import MY_ITEMS, MY_ROLE, MY_SECURITY, MYSELF, SCREENS
from auditor.observation import observe
from auditor.recipes import SAMPLED, Request
from auditor.rights import Level, Verb
from auditor.roles import Cell, Role, from_items, from_settings, name_key, printable
from auditor.verdict import is_refusal

REFUSED, UNREADABLE, READ = "this member may not read it", "it could not be read", "read"


@dataclass(frozen=True, slots=True)
class Member:
    """What the member's own record says that matters here; None where it does not say."""

    role_id: int | None = None
    is_admin: bool | None = None
    is_inactive: bool | None = None
    licence_class: str = ""
    restrictions: tuple[str, ...] = ()


async def read(client: Client, catalogue: Catalogue) -> tuple[Settings, ...]:
    """Ask the PSA for the member's own settings; each source may refuse, and that is no fault."""
    sources = (MY_SECURITY, MY_ITEMS, SCREENS, MYSELF)
    levels, customized, screened, me = await asyncio.gather(*(ask(client, one) for one in sources))
    matrix = _matrix(MY_SECURITY, *levels, catalogue)
    items = _items(*customized, catalogue)
    answer, rows = screened
    screens = Settings(source=SCREENS.path, answer=answer, screens=_spelled(rows, catalogue))
    answer, rows = me
    member = member_of(rows)
    record = Settings(
        source=MYSELF.path, answer=answer, is_admin=member.is_admin,
        licence_class=member.licence_class,
    )  # fmt: skip
    found = (matrix, items, screens, record)
    if matrix.levels or not member.role_id:
        return found
    request = replace(MY_ROLE, path=MY_ROLE.path.replace(SAMPLED, str(member.role_id)))
    answer, rows = await ask(client, request)
    return (*found, _matrix(MY_ROLE, answer, rows, catalogue))


async def ask(client: Client, request: Request) -> tuple[str, list[Any]]:
    """Return how a source answered, in words, and its records; none where it did not."""
    answer = await client.send(request)
    seen = observe("evidence", answer)
    if is_refusal(seen):
        return REFUSED, []
    if seen.status != 200 or seen.shape not in {"list", "object"} or seen.holds == "error":
        return f"{UNREADABLE}: {seen.status or seen.failure}", []
    return READ, _records(answer)


def of_role(role: Role, source: str, catalogue: Catalogue) -> Settings:
    """Return what a role file says, as the journal keeps it."""
    levels = {
        (module, permission): [
            level.label if (level := role.levels.get((module, permission, verb))) is not None
            else None
            for verb in Verb
        ]
        for module, permission in catalogue.permissions
    }  # fmt: skip
    return Settings(
        source=source,
        answer=READ,
        levels={"/".join(key): row for key, row in levels.items() if any(row)},
        items=None if role.tables is None else sorted(role.tables),
        unmatched=list(role.unmatched),
    )


def declared_by(settings: Iterable[Settings], catalogue: Catalogue) -> Declared | None:
    """Return what all the settings say together; None where no source could be read."""
    return merged(_declared(item, catalogue) for item in settings if item.answer == READ)


def member_of(rows: list[Any]) -> Member:
    """Read the member's own record, of which nothing but these facts is kept."""
    row = rows[0] if rows and isinstance(rows[0], dict) else {}
    role = row.get("securityRole")
    number = role.get("id") if isinstance(role, dict) else None
    licence = str(row.get("licenseClass") or "")
    restrictions = (
        key for key, value in row.items()
        if value and key.isalpha() and key.casefold().startswith(("restrict", "exclude"))
    )  # fmt: skip
    return Member(
        number if type(number) is int and 0 < number < 2**31 else None,
        _flag(row.get("adminFlag")),
        _flag(row.get("inactiveFlag")),
        licence if licence.isalpha() and len(licence) <= 20 else "",
        tuple(printable(key) for key in restrictions),
    )


def _matrix(request: Request, answer: str, rows: list[Any], catalogue: Catalogue) -> Settings:
    levels, unmatched = from_settings(rows, catalogue)
    if answer == READ and not levels:
        answer = f"{UNREADABLE}: it holds no permission of the role matrix"
    by_name: dict[str, list[str | None]] = {}
    for (module, permission, verb), level in levels.items():
        row = by_name.setdefault(f"{module}/{permission}", [None] * len(Verb))
        row[list(Verb).index(verb)] = level.label
    return Settings(
        source=request.path.replace(SAMPLED, "{id}"), answer=answer, levels=by_name,
        unmatched=list(unmatched[:200]),
    )  # fmt: skip


def _items(answer: str, rows: list[Any], catalogue: Catalogue) -> Settings:
    """Return the Customize list; one in other words than the screen's says nothing."""
    allowed = from_items(rows) if len(rows) < WHOLE_MATRIX else None
    known = {name_key(item) for item in catalogue.items}
    if not allowed:
        return Settings(source=MY_ITEMS.path, answer=answer)
    if not known & set(map(name_key, allowed)):
        strange = [f"Customize/{name}" for name in sorted(allowed)[:10]]
        return Settings(source=MY_ITEMS.path, answer=answer, unmatched=strange)
    return Settings(source=MY_ITEMS.path, answer=answer, items=sorted(allowed))


def _spelled(rows: list[Any], catalogue: Catalogue) -> list[str]:
    """Return the Table Setup items of ours that two texts of one of these records make up.

    Nothing is published on the fields of a setup screen; which is category and which is screen
    shows in the match.
    """
    wanted = {item: tuple(map(name_key, item.split(" / ", 1))) for item in catalogue.items}
    found: set[str] = set()
    for row in rows:
        values = row.values() if isinstance(row, dict) else ()
        texts = [value.get("name") if isinstance(value, dict) else value for value in values]
        names = {name_key(text) for text in texts if isinstance(text, str) and len(text) <= 100}
        found |= {item for item, parts in wanted.items() if names.issuperset(parts)}
    return sorted(found)


def _declared(item: Settings, catalogue: Catalogue) -> Declared:
    levels: dict[Cell, Level] = {}
    known = {"/".join(key): key for key in catalogue.permissions}
    for name, row in item.levels.items():
        for verb, text in zip(Verb, row, strict=False):
            if text and name in known:
                levels[(*known[name], verb)] = Level.parse(text)
    allowed = None if item.items is None else frozenset(name_key(name) for name in item.items)
    return Declared(
        item.source, levels, allowed, catalogue.published_items | set(item.screens),
        tuple(item.unmatched),
        item.is_admin, item.licence_class,
    )  # fmt: skip


def _records(answer: Answer) -> list[Any]:
    data = json.loads(answer.body)
    return data if isinstance(data, list) else [data]


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None
