"""A profile as a file, TOML or CSV → the profile; every complaint has file, line and a hint."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from auditor.catalogue import Catalogue
from auditor.errors import InputError, nearest
from auditor.operations import match_operation
from auditor.profile_text import RIGHT_SHAPE, VERBS, Draft, Place, draft, located, split_right
from auditor.rights import TABLE_SETUP, Basis, Level, Right, Verb

Wanted = Literal["", "None", "My", "All", "any"]  # any: needed, and the source states no level

EVERY = "*"  # as the only action, or as a permission: all of them
SUFFIXES = (".toml", ".csv")
_LEVELS = "Levels are None, My, All and any (needed, but the level is not stated)."


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RightEntry(_Strict):
    """One `[[rights]]` table of a profile: a permission and the level each verb needs.

    `undecided`: the source wants more of this permission than the verbs say; `note` says what.
    """

    module: str
    permission: str
    add: Wanted = ""
    edit: Wanted = ""
    delete: Wanted = ""
    inquire: Wanted = ""
    tables: tuple[str, ...] = ()
    condition: str = ""
    undecided: bool = False
    note: str = ""

    @field_validator(*VERBS, mode="before")
    @classmethod
    def _level(cls, value: object) -> object:
        words = {"none": "None", "my": "My", "mine": "My", "all": "All", "any": "any", "": ""}
        return words.get(value.strip().casefold(), value) if isinstance(value, str) else value

    @property
    def stated(self) -> tuple[Wanted, ...]:
        """Return the levels in the order of Verb, as they are written."""
        return self.add, self.edit, self.delete, self.inquire

    def levels(self) -> dict[Verb, Level | None]:
        """Return the verbs that are needed; None where no level is stated."""
        return {
            verb: None if level == "any" else Level.parse(level)
            for verb, level in zip(Verb, self.stated, strict=True)
            if level not in {"", "None"}
        }


class Profile(_Strict):
    """A profile file: what one integration needs, and the source that says so."""

    title: str
    description: str = ""
    basis: Basis = Basis.VENDOR  # what people say of their own integration, as with --right
    source: str
    actions: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    rights: tuple[RightEntry, ...] = ()


def read(path: Path, catalogue: Catalogue) -> Profile:
    """Return the profile of a TOML or CSV file, its operations as ids of the catalogue.

    Raises InputError with file, line and the nearest valid name.
    """
    found = draft(path)
    try:
        profile = Profile.model_validate({"source": path.name, **found.data})
    except ValidationError as error:
        place, problem = _complaint(error)
        with located(path, lambda: found.line(place, "")):
            raise problem from error
    _check_actions(profile, path, found, catalogue)
    _check_rights(profile, path, found, catalogue)
    ids = _operation_ids(profile, path, found, catalogue)
    if not (profile.actions or ids or any(map(_is_always, profile.rights))):
        raise InputError(
            f"{path}:1: the profile needs nothing that could be audited.",
            "State an action, an operation, or a right without a condition.",
        )
    return profile.model_copy(update={"operations": ids})


def read_right(text: str, catalogue: Catalogue) -> tuple[Right, Level | None]:
    """Read `Module/Permission:Verb[:Level]`, for a setup table `...:Verb[item]`."""
    module, permission, verb, table, level = split_right(text)
    _check_permission(module, permission, catalogue)
    if table:
        _check_table(module, permission, table, catalogue)
    return Right(module, permission, verb, table), Level.parse(level) if level else None


def _check_actions(profile: Profile, path: Path, found: Draft, catalogue: Catalogue) -> None:
    if profile.actions == (EVERY,):
        return
    for number, action in enumerate(profile.actions):
        with _at(path, found, action, "actions", number):
            catalogue.action(action)


def _operation_ids(
    profile: Profile, path: Path, found: Draft, catalogue: Catalogue
) -> tuple[str, ...]:
    ids = []
    for number, text in enumerate(profile.operations):
        with _at(path, found, text, "operations", number):
            method, _, call = text.strip().partition(" ")
            ids.append(match_operation(catalogue, method, call).id)
    return tuple(ids)


def _check_rights(profile: Profile, path: Path, found: Draft, catalogue: Catalogue) -> None:
    for number, entry in enumerate(profile.rights):
        name = (entry.module, entry.permission)
        key = "permission" if entry.module in catalogue.modules else "module"
        with _at(path, found, "", "rights", number, key):
            _check_permission(*name, catalogue, every=True)
        for table in entry.tables:
            with _at(path, found, table, "rights", number, "tables"):
                _check_table(*name, table, catalogue)
        with _at(path, found, "", "rights", number):
            _check_stated(entry)


def _check_permission(
    module: str, permission: str, catalogue: Catalogue, *, every: bool = False
) -> None:
    if module not in catalogue.modules:
        hint = nearest(module, catalogue.modules) or f"Known: {', '.join(catalogue.modules)}."
        raise InputError(f"No module {module!r} in the role matrix.", hint)
    if not every or permission != EVERY:
        catalogue.permission(module, permission)


def _check_table(module: str, permission: str, table: str, catalogue: Catalogue) -> None:
    if (module, permission) != TABLE_SETUP:
        raise InputError(f"{table!r}: only System/Table Setup has items.", RIGHT_SHAPE)
    if table not in catalogue.items:
        raise InputError(f"No Table Setup item {table!r}.", nearest(table, catalogue.items))


def _check_stated(entry: RightEntry) -> None:
    name = f"{entry.module}/{entry.permission}"
    if entry.undecided and not entry.note:
        raise InputError(f"{name} is undecided without a note.", "Say in `note` what is unknown.")
    if not entry.undecided and not any(entry.stated):
        raise InputError(f"{name} has no level, so nothing would be needed.", _LEVELS)


def _is_always(entry: RightEntry) -> bool:
    return bool(entry.levels()) and not entry.condition


def _complaint(error: ValidationError) -> tuple[Place, InputError]:
    """Return the place of the first thing that is wrong, and what is wrong with it."""
    first = error.errors()[0]
    key, value = str(first["loc"][-1]), str(first["input"])
    match first["type"]:
        case "extra_forbidden":
            known = (RightEntry if len(first["loc"]) > 1 else Profile).model_fields
            problem = InputError(f"unknown key {key!r}.", nearest(key, known))
        case "missing":
            problem = InputError(f"the key {key!r} is missing.", f"Write: {key} = ...")
        case "literal_error":
            hint = nearest(value, ("None", "My", "All", "any")) or _LEVELS
            problem = InputError(f"{value!r} is not a level ({key.capitalize()}).", hint)
        case "enum":
            hint = nearest(value, Basis) or f"Known: {', '.join(Basis)}."
            problem = InputError(f"{value!r} is not a basis.", hint)
        case _:
            problem = InputError(f"key {key!r}: {first['msg']}.")
    return first["loc"], problem


def _at(path: Path, found: Draft, value: str, *place: int | str) -> AbstractContextManager[None]:
    return located(path, lambda: found.line(place, value))
