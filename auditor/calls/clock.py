"""Times and durations as logs and spreadsheets write them."""

import re
from datetime import UTC, datetime

_US = ("%m/%d/%Y %I:%M:%S.%f %p", "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p")
_SLASHED = re.compile(
    r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})[ ,T]+(\d{1,2}:\d\d(?::\d\d(?:\.\d{1,6})?)?)"
)
_DURATION = re.compile(r"([0-9][0-9.,]{0,20})\s*(ms|milliseconds?|s|sec|seconds?)?", re.IGNORECASE)


def iso(value: object) -> str | None:
    """Return a time as ISO 8601 text; None where it is none, or day and month could be swapped."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _epoch(float(value))
    if not isinstance(value, str) or not 8 <= len(value.strip()) <= 40:
        return None
    text = value.strip()
    if re.fullmatch(r"\d{10}(?:\d{3})?(?:\.\d{1,9})?", text):
        return _epoch(float(text))
    try:
        return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text)).isoformat()
    except ValueError:
        return _spelled(text)


def _spelled(text: str) -> str | None:
    for form in _US:
        try:
            return datetime.strptime(text, form).isoformat()
        except ValueError:
            continue
    found = _SLASHED.fullmatch(text)
    if not found:
        return None
    first, second, year = int(found[1]), int(found[3]), found[4]
    if found[2] != "." and first <= 12 and second <= 12 and first != second:
        return None
    day, month = (first, second) if found[2] == "." or first > 12 else (second, first)
    try:
        return datetime.fromisoformat(f"{year}-{month:02}-{day:02} {found[5]:0>5}").isoformat()
    except ValueError:
        return None


def _epoch(number: float) -> str | None:
    seconds = number / 1000 if number > 1e11 else number
    if not 946_684_800 <= seconds <= 4_102_444_800:  # 2000 to 2100
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def duration(value: object) -> float | None:
    """Return a duration in milliseconds; a number without a unit is in milliseconds."""
    if isinstance(value, bool) or value is None:
        return None
    found = _DURATION.fullmatch(str(value)[:40].strip())
    if not found:
        return None
    digits = found[1]
    if digits.count(",") == 1 and "." not in digits and not re.search(r",\d{3}$", digits):
        digits = digits.replace(",", ".")
    try:
        number = float(digits.replace(",", ""))
    except ValueError:
        return None
    return number * 1000 if (found[2] or "ms").lower().startswith("s") else number
