"""Records as the API shows them: references, `_info`, and generic ones made from body fields."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from auditor.rows import BodyRow
from auditor.simulator.places import Place
from auditor.simulator.settings import draw

Record = dict[str, Any]
ORIGIN = "https://simulator.invalid"  # stands for the address that the caller used
SITE = f"{ORIGIN}/v4_6_release/apis/3.0"
GENERIC_COUNT = 3
KEYS = ("id", "identifier", "name")  # any one of them names the record a reference is to
_EPOCH = datetime(2026, 1, 5, 8, tzinfo=UTC)
_BRIEF = ("id", "identifier", "name", "summary", "description", "adminFlag", "_info")
_CHOICES = dict.fromkeys(("billTime", "billExpenses", "billProducts", "billableOption"), "Billable")
_PERSON = ("firstName", "lastName")
_REFERENCE = ("id", "identifier", "name", "summary")


def now() -> str:
    """Return the present moment as the API writes it."""
    return _written(datetime.now(UTC))


def moment(seed: int, *key: object) -> str:
    """Return a moment in the weeks after the simulator's epoch, fixed by the key."""
    return _written(_EPOCH + timedelta(minutes=draw(range(60 * 24 * 60), seed, "moment", *key)))


def info(seed: int, path: str, record_id: int, by: str = "Admin1") -> dict[str, str]:
    """Return the `_info` of a generated record."""
    entered = moment(seed, path, record_id)
    return {"dateEntered": entered, "enteredBy": by, "lastUpdated": entered, "updatedBy": by}


def made(seed: int, where: Place, number: int, **fields: Any) -> Record:
    """Return a record of the first day."""
    return {"id": number, **fields, "_info": info(seed, where.path, number)}


def touched(record: Record, member: str) -> Record:
    """Return the record as just updated by this member."""
    update = {"lastUpdated": now(), "updatedBy": member}
    known = record.get("_info")
    return {**record, "_info": {**known, **update} if isinstance(known, dict) else update}


def reference(noun: str, where: Place, record: Record) -> dict[str, Any]:
    """Return a record as others refer to it: its names and, as `company_href`, its address."""
    short = {name: record[name] for name in _REFERENCE if name in record}
    if "name" not in short and (person := [record[key] for key in _PERSON if record.get(key)]):
        short["name"] = " ".join(map(str, person))
    return {**short, "_info": {f"{noun}_href": f"{SITE}{where.path}/{record['id']}"}}


def brief(record: Record) -> Record:
    """Return the short form that the /info twins show."""
    return {name: record[name] for name in _BRIEF if name in record}


def required(noun: str, fields: Iterable[BodyRow], number: int, seed: int) -> Record:
    """Return the fields that no record of this kind may lack."""
    rows = (row for row in fields if row.required == "yes" and "." not in row.field)
    return {row.field: _sample(row, noun, number, seed) for row in rows}


def generic(where: Place, noun: str, fields: Iterable[BodyRow], seed: int) -> list[Record]:
    """Return a few records of a kind that has no story of its own."""
    rows = tuple(fields)
    return [
        {
            "id": number,
            "name": f"{noun} {number}",
            **{row.field: _sample(row, noun, number, seed) for row in rows if "." not in row.field},
            "_info": info(seed, where.path, number),
        }
        for number in range(1, GENERIC_COUNT + 1)
    ]


def _written(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def _sample(row: BodyRow, noun: str, number: int, seed: int) -> Any:
    if row.type.startswith("[]"):
        return []
    if row.type.endswith("Reference"):
        return {"id": number, "name": f"{row.type.removesuffix('Reference')} {number}"}
    match row.type:
        case "string":
            text = f"{noun} {number}" if row.field in {"name", "identifier"} else row.field
            text = _CHOICES.get(row.field, text)
            return text[: int(row.max_length)] if row.max_length.isdigit() else text
        case "integer" | "number" | "NullableFloat64":
            return number
        case "boolean":
            return number == 1
        case "time.Time":
            return moment(seed, noun, row.field, number)
        case _:
            return None
