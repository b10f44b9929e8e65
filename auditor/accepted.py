"""Accepted exceptions: rights that somebody answers for, until a day; read from a TOML file."""

import tomllib
from datetime import date

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from auditor.catalogue import Catalogue
from auditor.errors import InputError, nearest
from auditor.profiles import parse_right
from auditor.rights import Right

_SHAPE = (
    "Write [[accept]] tables with right = 'Module/Permission:Verb', reason, owner and "
    "expires = YYYY-MM-DD."
)


class Acceptance(BaseModel):
    """One `[[accept]]` table: a right that may stay as it is, who answers for it and until when."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    right: str = Field(min_length=1)
    reason: str = Field(min_length=1)
    owner: str = Field(min_length=1)
    expires: date


def loads(name: str, text: str, catalogue: Catalogue) -> dict[Right, Acceptance]:
    """Read the text of such a file, called `name` in complaints.

    Raises InputError with the number of the table and what is wrong in it.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{name} is not TOML: {error}.", _SHAPE) from error
    if unknown := set(data) - {"accept"}:
        raise InputError(f"{name}: unknown key {min(unknown)!r}.", _SHAPE)
    rows = data.get("accept", [])
    if not isinstance(rows, list):
        raise InputError(f"{name}: 'accept' is not a list of tables.", _SHAPE)
    found: dict[Right, Acceptance] = {}
    for number, row in enumerate(rows, 1):
        where = f"{name}, [[accept]] number {number}"
        acceptance = _acceptance(where, row)
        try:
            right = parse_right(acceptance.right, catalogue).right
        except InputError as error:
            raise InputError(f"{where}: {error}", error.hint) from error
        if right in found:
            raise InputError(f"{where}: {acceptance.right!r} is accepted twice.")
        found[right] = acceptance
    return found


def _acceptance(where: str, row: object) -> Acceptance:
    try:
        return Acceptance.model_validate(row)
    except ValidationError as error:
        first = error.errors()[0]
        key = str(first["loc"][0]) if first["loc"] else "accept"
        hint = nearest(key, Acceptance.model_fields) or _SHAPE
        raise InputError(f"{where}: {key!r}: {first['msg']}.", hint) from error
