"""Where the files of the matrices lie: in one directory, or in one laid over another."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from auditor.errors import InputError, nearest

DESCRIPTIONS = "role-matrix.csv"  # the one file that need not be anywhere
_FREE = {"rules": ".csv", "profiles": ".toml", "roles": ".toml"}  # folders that may gain files
_SUFFIXES = {".csv", ".toml"}


@dataclass(frozen=True, slots=True)
class Layers:
    """The matrices in `top`; a file that is missing there is the one in `base`, if there is one.

    Raises InputError for a file in `top` that would never be read, such as `permision.csv`.
    """

    top: Path
    base: Path | None = None

    def __post_init__(self) -> None:
        if self.base is None:
            return
        known = {*_names(self.base), DESCRIPTIONS}
        for name in sorted(_names(self.top) - known):
            folder, _, file = name.rpartition("/")
            if _FREE.get(folder) != Path(file).suffix:
                hint = nearest(name, known) or "Take it out of the directory."
                raise InputError(f"{self.top / name} is not the name of a matrix.", hint)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of all files that are read, such as `rules/finance.csv`, sorted."""
        return tuple(sorted(_names(self.top) | (_names(self.base) if self.base else set())))

    def file(self, name: str) -> Path:
        """Return where the file of this name is read; in `top` if it is nowhere."""
        own = self.top / name
        if self.base is None or own.is_file():
            return own
        shipped = self.base / name
        return shipped if shipped.is_file() else own

    def files(self, folder: str, suffix: str) -> tuple[Path, ...]:
        """Return the files of a folder by name, each from where it is read."""
        return tuple(
            self.file(name)
            for name in self.names
            if name.startswith(f"{folder}/") and name.endswith(suffix)
        )

    @property
    def digest(self) -> str:
        """Return the first 12 hex digits of the SHA-256 over names and contents of all files."""
        total = hashlib.sha256()
        for name in self.names:
            total.update(name.encode() + b"\0")
            total.update(self.file(name).read_bytes())
        return total.hexdigest()[:12]


def _names(directory: Path) -> set[str]:
    """Return the matrices of a directory and its folders; what begins with a dot is none."""
    return {
        path.relative_to(directory).as_posix()
        for path in (*directory.glob("*"), *directory.glob("*/*"))
        if path.suffix in _SUFFIXES
        and path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(directory).parts)
    }
