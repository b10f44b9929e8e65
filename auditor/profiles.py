"""What an integration needs: actions, operations and rights, from named profiles or files."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from auditor import profile_files
from auditor.catalogue import Catalogue
from auditor.errors import InputError, nearest
from auditor.operations import match_operation
from auditor.profile_files import EVERY, Profile, RightEntry
from auditor.rights import Basis, Level, Requirement, Right, Verb


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
    for it), `operations` and `rights` (name that asks, what it asks for). `explored` are
    operations that nobody needs: they show what the member has beyond its needs.
    """

    names: tuple[str, ...]
    actions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    operations: tuple[tuple[str, str], ...] = ()
    rights: tuple[tuple[str, Requirement], ...] = ()
    explored: tuple[str, ...] = ()


def names(catalogue: Catalogue) -> tuple[str, ...]:
    """Return the names of the profiles that ship with the program."""
    return tuple(sorted(path.stem for path in catalogue.files("profiles", ".toml")))


def load(name: str, catalogue: Catalogue) -> Profile:
    """Return the named profile, or the one in the TOML or CSV file `name`; raises InputError."""
    if name in names(catalogue):
        return profile_files.read(catalogue.file(f"profiles/{name}.toml"), catalogue)
    path = Path(name)
    if path.suffix.lower() in profile_files.SUFFIXES and path.is_file():
        return profile_files.read(path, catalogue)
    known = names(catalogue)
    raise InputError(f"No profile {name!r}.", nearest(name, known) or f"Known: {', '.join(known)}.")


def select(
    catalogue: Catalogue,
    profiles: Sequence[str] = (),
    actions: Sequence[str] = (),
    rights: Sequence[str] = (),
    operations: Sequence[str] = (),
) -> Selection:
    """Merge profiles, `Category/Action`s, `Module/Permission:Verb[:Level]` rights and calls."""
    asked: dict[str, list[str]] = {}
    called: list[tuple[str, str]] = []
    wanted: list[tuple[str, Requirement]] = []
    profiles = tuple(dict.fromkeys(profiles))
    for name in profiles:
        profile = load(name, catalogue)
        every = profile.actions == (EVERY,)
        for action in dict.fromkeys(catalogue.actions if every else profile.actions):
            asked.setdefault(action, []).append(name)
        called += [(name, operation) for operation in profile.operations]
        wanted += [(name, need) for need in profile_requirements(profile, catalogue)]
    for action in actions:
        asked.setdefault(catalogue.action(action).id, []).append("--action")
    wanted += [("--right", parse_right(text, catalogue)) for text in rights]
    for text in operations:
        method, _, path = text.strip().partition(" ")
        called.append(("--operation", match_operation(catalogue, method, path).id))
    flags = {"--action": actions, "--right": rights, "--operation": operations}
    return Selection(
        (*profiles, *(flag for flag, given in flags.items() if given)),
        tuple((action, tuple(asked[action])) for action in catalogue.actions if action in asked),
        tuple(called),
        tuple(wanted),
    )


def explore(selection: Selection, catalogue: Catalogue, *, writes: bool = False) -> Selection:
    """Add a witness for every right that the selection does not need, reads only unless asked."""
    needed = {need.right for need in needs(selection, catalogue)}
    verbs = tuple(Verb) if writes else (Verb.INQUIRE,)
    found = {}
    for right, operations in catalogue.operations_by_right.items():
        if right in needed or right.verb not in verbs:
            continue
        listed = [
            item for item in operations if item.kind in {"list", "create", "update", "delete"}
        ]
        found[right] = (listed or list(operations))[0].id
    return replace(selection, explored=tuple(sorted(found.values())))


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
    """Return the rights a profile lists, one per permission, verb and table."""
    return [
        Requirement(
            Right(entry.module, permission, verb, table),
            level, profile.basis, profile.source, entry.note, entry.condition,
        )
        for entry in profile.rights
        for permission in _permissions(entry, catalogue)
        for verb, level in entry.levels().items()
        for table in entry.tables or (None,)
    ]  # fmt: skip


def parse_right(text: str, catalogue: Catalogue) -> Requirement:
    """Read `Module/Permission:Verb[:Level]`, for a setup table `...:Verb[item]`."""
    right, level = profile_files.read_right(text, catalogue)
    return Requirement(right, level, Basis.VENDOR, "you", "asked for with --right")


def _permissions(entry: RightEntry, catalogue: Catalogue) -> Sequence[str]:
    if entry.permission != EVERY:
        return (entry.permission,)
    return [name for module, name in catalogue.permissions if module == entry.module]


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
