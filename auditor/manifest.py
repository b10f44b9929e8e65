"""manifest.json: which files were made of which journal, and how; checked by making them again."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from auditor.errors import JournalError
from auditor.schema import Share

SCHEMA = "psa-audit/manifest/1"
NAME = "manifest.json"
HASHED = "sha256:"  # before the digest of exceptions that a shared manifest does not quote


class Rendering(BaseModel):
    """How a journal was read: the flags that change a report, the exceptions by their text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    share: Share = "internal"
    strict: bool = False
    accept_analogy: bool = False
    exceptions: str = ""


class Manifest(BaseModel):
    """The files of one run by name, each with its SHA-256 in hex; `chain` ends the journal."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    manifest: str
    tool: str
    matrices: str
    journal: str
    chain: str
    rendering: Rendering
    files: dict[str, str]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked, whether it holds, and what that means.

    `is_sure` is False where nothing speaks against it, and it could not be checked to the end.
    """

    name: str
    is_ok: bool
    meaning: str
    is_sure: bool = True


def digest(content: bytes) -> str:
    """Return the SHA-256 of a file's content, in hex."""
    return hashlib.sha256(content).hexdigest()


def data(manifest: Manifest) -> bytes:
    """Return the manifest as JSON."""
    return json.dumps(manifest.model_dump(), indent=2, sort_keys=True).encode() + b"\n"


def load(path: Path) -> Manifest | None:
    """Read the manifest beside a journal; None where there is none. Raises JournalError."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise JournalError(f"{path} cannot be read: {error.strerror}.") from error
    try:
        found = Manifest.model_validate_json(content)
    except ValidationError as error:
        raise JournalError(f"{path} is not a manifest of this version ({SCHEMA}).") from error
    if found.manifest != SCHEMA:
        raise JournalError(f"{path} is not a manifest of this version ({SCHEMA}).")
    return found


def check_files(
    manifest: Manifest, directory: Path, made_again: Callable[[str], bytes | None]
) -> list[Check]:
    """Check every file of the manifest: it is there, unchanged, and what its journal gives.

    `made_again` returns what the journal gives for a file name today, None where that cannot be
    said (another version of the program or of its matrices).
    """
    return [
        _check_file(name, wanted, directory / name, made_again)
        for name, wanted in sorted(manifest.files.items())
    ]


def _check_file(
    name: str, wanted: str, path: Path, made_again: Callable[[str], bytes | None]
) -> Check:
    if Path(name).name != name:
        return Check(name, False, "the manifest names a file outside its folder")
    try:
        content = path.read_bytes()
    except OSError:
        return Check(name, False, "the file is gone")
    again = made_again(name)
    if digest(content) != wanted:
        return Check(name, False, "changed since it was written")
    if again is None:
        return Check(name, True, "unchanged, but it could not be made again", is_sure=False)
    if again != content:
        return Check(name, False, "not what the journal gives: file and manifest were changed")
    return Check(name, True, "unchanged, and what the journal gives")


def strangers(manifest: Manifest | None, directory: Path) -> list[Check]:
    """Return the files named like a report that the manifest, if there is one, does not know."""
    known = manifest.files if manifest else {}
    return [
        Check(path.name, False, "not in the manifest: it was not written by this run")
        for path in sorted(directory.glob("report.*"))
        if path.name not in known
    ]
