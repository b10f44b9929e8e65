"""Security roles by name or file, for the simulator: none, admin, a sample, a profile's least."""

import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from auditor import profiles, role_files, roles
from auditor.catalogue import Catalogue
from auditor.errors import InputError, nearest
from auditor.roles import Role


class Sample(BaseModel):
    """roles/NAME.toml: the least role of a profile, less some rights."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    base: str
    without: tuple[str, ...] = ()


def names(catalogue: Catalogue) -> tuple[str, ...]:
    """Return every name that `role` understands."""
    samples = (path.stem for path in catalogue.files("roles", ".toml"))
    return ("none", "admin", *sorted(samples), *profiles.names(catalogue))


def role(name: str, catalogue: Catalogue) -> Role:
    """Return the role of this name, or of this role file; raises InputError."""
    if name == "none":
        return Role("none", tables=frozenset())
    if name == "admin":
        return roles.everything(catalogue)
    if name in profiles.names(catalogue):
        return least(name, catalogue)
    path = catalogue.file(f"roles/{name}.toml")
    if path.is_file():
        return _sample(path, catalogue)
    if Path(name).suffix.lower() in role_files.SUFFIXES:
        return role_files.load(Path(name), catalogue)
    known = names(catalogue)
    raise InputError(f"No role {name!r}.", nearest(name, known) or f"Known: {', '.join(known)}.")


def least(profile: str, catalogue: Catalogue) -> Role:
    """Return the smallest role with which everything in the profile works."""
    needed = profiles.needs(profiles.select(catalogue, (profile,)), catalogue)
    return roles.smallest(profile, ((need.right, need.level) for need in needed))


def _sample(path: Path, catalogue: Catalogue) -> Role:
    try:
        sample = Sample.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise InputError(f"{path} is not a readable role: {error}.") from error
    without = [profiles.parse_right(text, catalogue).right for text in sample.without]
    found = least(sample.base, catalogue).without(without)
    return Role(path.stem, found.levels, found.tables)
