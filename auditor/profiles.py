"""What an integration needs: actions, operations and rights, from named profiles or files."""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from auditor.catalogue import Catalogue
from auditor.errors import InputError, nearest
from auditor.rights import TABLE_SETUP, Basis, Level, Requirement, Right, Verb, parse_verb

Wanted = Literal["", "My", "All", "any"]  # any: needed, and the source states no level


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RightEntry(_Strict):
    """One `[[rights]]` table of a profile: a permission and the level each verb needs."""

    module: str
    permission: str
    add: Wanted = ""
    edit: Wanted = ""
    delete: Wanted = ""
    inquire: Wanted = ""
    tables: tuple[str, ...] = ()
    condition: str = ""
    note: str = ""


class Profile(_Strict):
    """A profile file: what one integration needs, and the source that says so."""

    title: str
    description: str = ""
    basis: Basis = Basis.VENDOR
    source: str
    actions: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    rights: tuple[RightEntry, ...] = Field(default=())


@dataclass(frozen=True, slots=True)
class Need:
    """A right that the selection needs, merged over everything that asks for it.

    `actions` are the catalogue actions that use it; `wanted_by` the profiles or flags.
    """

    right: Right
    level: Level | None
    basis: Basis
    source: str
    why: str
    actions: tuple[str, ...]
    wanted_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """What is to be audited, by ids of the catalogue.

    `names` are the profiles or flags it was made from; `actions` are (action id, names that ask
    for it), `operations` and `rights` (name that asks, what it asks for).
    """

    names: tuple[str, ...]
    actions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    operations: tuple[tuple[str, str], ...] = ()
    rights: tuple[tuple[str, Requirement], ...] = ()


def names(catalogue: Catalogue) -> tuple[str, ...]:
    """Return the names of the profiles that ship with the program."""
    return tuple(sorted(path.stem for path in (catalogue.directory / "profiles").glob("*.toml")))


def load(name: str, catalogue: Catalogue) -> Profile:
    """Return the named profile, or the one in the file `name`; raises InputError."""
    path = catalogue.directory / "profiles" / f"{name}.toml"
    if not path.is_file():
        path = Path(name)
        if path.suffix != ".toml" or not path.is_file():
            raise InputError(
                f"No profile {name!r}.",
                nearest(name, names(catalogue)) or f"Known: {', '.join(names(catalogue))}.",
            )
    try:
        return Profile.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path} is not a readable profile: {error}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        hint = nearest(key.split(".")[-1], [*Profile.model_fields, *RightEntry.model_fields])
        raise InputError(f"{path}: key {key!r}: {first['msg']}.", hint) from error


def select(
    catalogue: Catalogue,
    profiles: Sequence[str] = (),
    actions: Sequence[str] = (),
    rights: Sequence[str] = (),
) -> Selection:
    """Merge profiles, `Category/Action` names and `Module/Permission:Verb[:Level]` rights."""
    asked: dict[str, list[str]] = {}
    operations: list[tuple[str, str]] = []
    wanted: list[tuple[str, Requirement]] = []
    for name in profiles:
        profile = load(name, catalogue)
        for action in _profile_actions(profile, name, catalogue):
            asked.setdefault(action, []).append(name)
        for text in profile.operations:
            method, _, path = text.partition(" ")
            operations.append((name, catalogue.operation(method, path).id))
        wanted += [(name, need) for need in profile_requirements(profile, catalogue)]
    for action in actions:
        asked.setdefault(catalogue.action(action).id, []).append("--action")
    wanted += [("--right", parse_right(text, catalogue)) for text in rights]
    return Selection(
        (*profiles, *(["--action"] if actions else []), *(["--right"] if rights else [])),
        tuple((action, tuple(asked[action])) for action in catalogue.actions if action in asked),
        tuple(operations),
        tuple(wanted),
    )


def needs(selection: Selection, catalogue: Catalogue) -> tuple[Need, ...]:
    """Return every right the selection needs, in screen order, each once.

    Conditional rights are not among them: they are shown apart.
    """
    merged: dict[Right, Need] = {}
    for action, asked in selection.actions:
        for need in action_requirements(action, catalogue):
            _merge(merged, need, (action,), asked)
    for name, operation in selection.operations:
        for need in catalogue.requirements(catalogue.operations[operation]):
            _merge(merged, need, (), (name,))
    for name, need in selection.rights:
        if not need.condition:
            _merge(merged, need, (), (name,))
    return tuple(sorted(merged.values(), key=lambda need: catalogue.order(need.right)))


def action_requirements(action: str, catalogue: Catalogue) -> tuple[Requirement, ...]:
    """Return the rights the action always needs; empty for one without an operation."""
    operation = catalogue.operation_of(action)
    return catalogue.requirements(operation) if operation else ()


def profile_requirements(profile: Profile, catalogue: Catalogue) -> list[Requirement]:
    """Return the rights a profile lists, one per verb and table; raises InputError."""
    found = []
    for entry in profile.rights:
        catalogue.permission(entry.module, entry.permission)
        for verb, level in zip(
            Verb, (entry.add, entry.edit, entry.delete, entry.inquire), strict=True
        ):
            if not level:
                continue
            for table in entry.tables or (None,):
                right = Right(entry.module, entry.permission, verb, table)
                stated = None if level == "any" else Level.parse(level)
                found.append(
                    Requirement(
                        right, stated, profile.basis, profile.source, entry.note, entry.condition
                    )
                )
    return found


def parse_right(text: str, catalogue: Catalogue) -> Requirement:
    """Read `Module/Permission:Verb[:Level]`, for a setup table `...:Verb[item]`."""
    shape = "Write Module/Permission:Verb[:Level], such as 'Finance/Agreements:Inquire:All'."
    name, colon, rest = text.partition(":")
    module, slash, permission = name.partition("/")
    if not colon or not slash:
        raise InputError(f"{text!r} is not a right.", shape)
    catalogue.permission(module, permission)
    table = None
    if "[" in rest:
        before, _, after = rest.partition("[")
        table, _, tail = after.partition("]")
        rest = before + tail
    verb, _, level = rest.partition(":")
    if table and (module, permission) != TABLE_SETUP:
        raise InputError(f"{text!r}: only System/Table Setup has items.", shape)
    stated = Level.parse(level) if level else None
    right = Right(module, permission, parse_verb(verb), table)
    return Requirement(right, stated, Basis.DOCUMENTED, "you", "asked for with --right")


def _profile_actions(profile: Profile, name: str, catalogue: Catalogue) -> Iterable[str]:
    if profile.actions == ("*",):
        return tuple(catalogue.actions)
    try:
        return tuple(catalogue.action(action).id for action in profile.actions)
    except InputError as error:
        raise InputError(f"Profile {name}: {error}", error.hint) from error


def _merge(
    merged: dict[Right, Need], need: Requirement, actions: Sequence[str], asked: Sequence[str]
) -> None:
    old = merged.get(need.right)
    if old is None:
        merged[need.right] = Need(
            need.right, need.level, need.basis, need.source, need.why,
            tuple(actions), tuple(asked),
        )  # fmt: skip
        return
    ranks = list(Basis)
    stronger = need if ranks.index(need.basis) < ranks.index(old.basis) else old
    levels = [level for level in (old.level, need.level) if level is not None]
    merged[need.right] = replace(
        old,
        level=max(levels) if levels else None,
        basis=stronger.basis,
        source=stronger.source,
        why=stronger.why,
        actions=tuple(dict.fromkeys((*old.actions, *actions))),
        wanted_by=tuple(dict.fromkeys((*old.wanted_by, *asked))),
    )
