"""An answer → an observation: the facts that may be kept. Bodies are not."""

import json
from dataclasses import dataclass
from typing import Any, Literal

from auditor.client import Answer

# The only texts of a tenant that are ever stored: they are ConnectWise's own, word for word.
KNOWN_MESSAGES = (
    "You do not have security permission to perform this action.",
    "SSL is required.",
    "API-only members do not have access to this module",
    "The endpoint does not exist.",
    "The supplied authentication is incorrect.",
    "UserNotAuthenticated",
    "Cannot route. Codebase/company is invalid",
)
KNOWN_CODES = (
    "Security",
    "Unauthorized",
    "ConnectWiseApi",
    "NotFound",
    "InvalidObject",
    "MissingRequiredField",
    "ObjectExists",
    "OutOfRange",
    "MaxLengthField",
    "UnsupportedFormat",
)
OTHER = "other"
SECURITY_MESSAGE = KNOWN_MESSAGES[0]  # believed only to the letter

Shape = Literal["", "list", "object", "html", "text", "empty", "binary"]
Holds = Literal["", "rows", "id", "count", "report", "nothing", "error", "other"]


@dataclass(frozen=True, slots=True)
class Observation:
    """What came back for one probe.

    `failure` names why there is no usable answer: timeout, connect, tls, protocol, too_large,
    encoding, in_doubt (the program died while this write was under way) or not_sent; `status` may
    have been heard all the same. `why` says more about not_sent. `code`, `message` and `errors`
    hold known words only, `other` for any else. `holds` says what kind of JSON it was. `size` is
    in bytes. `first_id` is the id that a read of one id returned.
    """

    probe: str
    status: int | None = None
    failure: str = ""
    why: str = ""
    shape: Shape = ""
    holds: Holds = ""
    code: str | None = None
    message: str | None = None
    errors: tuple[str, ...] = ()
    size: int = 0
    rows: int | None = None
    first_id: int | None = None
    attempts: int = 1


def observe(probe: str, answer: Answer, attempts: int = 1) -> Observation:
    """Reduce an answer to its facts."""
    shape, data = _parse(answer)
    code = message = None
    errors: tuple[str, ...] = ()
    rows = first_id = None
    if isinstance(data, dict):
        code = _known(data.get("code"), KNOWN_CODES)
        message = _message(data.get("message"))
        errors = _error_codes(data.get("errors"))
    elif isinstance(data, list):
        rows = len(data)
        first = data[0].get("id") if data and isinstance(data[0], dict) else None
        first_id = first if type(first) is int and 0 < first < 2**31 else None
    elif shape == "text":
        message = _message(answer.body[:200].decode(errors="replace"))
    return Observation(
        probe, answer.status, answer.failure, "", shape, _holds(data), code, message, errors,
        len(answer.body), rows, first_id, attempts,
    )  # fmt: skip


def not_sent(probe: str, why: str) -> Observation:
    """Return the observation of a probe that was held back."""
    return Observation(probe, failure="not_sent", why=why, attempts=0)


def _parse(answer: Answer) -> tuple[Shape, Any]:
    if answer.status is None or answer.failure:
        return "", None
    if not answer.body.strip():
        return "empty", None
    if "html" in answer.content_type or answer.body.lstrip()[:1] == b"<":
        return "html", None
    try:
        data = json.loads(answer.body)
    except (ValueError, RecursionError):
        is_text = answer.content_type.startswith("text/") or "json" in answer.content_type
        return ("text" if is_text else "binary"), None
    match data:
        case list():
            return "list", data
        case dict():
            return "object", data
        case _:
            return "text", data


def _holds(data: Any) -> Holds:
    """Say what kind of JSON this is: only some kinds are what a successful read returns."""
    match data:
        case list():
            are_records = all(isinstance(row, dict) and not _is_error(row) for row in data)
            return "rows" if are_records else "other"
        case dict() if not data:
            return "nothing"
        case dict() if _is_error(data):
            return "error"
        case {"id": int()}:
            return "id"
        case {"count": int()}:
            return "count"
        case {"column_definitions": list()} | {"row_values": list()}:
            return "report"
        case dict():
            return "other"
        case _:
            return ""


def _is_error(data: dict[str, Any]) -> bool:
    """Tell whether an object speaks of an error; a record that was asked for its id does not."""
    named = {"error", "errors"} & {key for key, value in data.items() if value}
    return bool(named) or ("message" in data and "id" not in data)


def _known(found: object, known: tuple[str, ...]) -> str | None:
    if found is None:
        return None
    return found if isinstance(found, str) and found in known else OTHER


def _message(found: object) -> str | None:
    """Return the known message that this is, whatever its case and full stop; else `other`.

    The security refusal alone must stand there to the letter: it decides against somebody.
    """
    if found is None or found == SECURITY_MESSAGE:
        return SECURITY_MESSAGE if found else None
    wanted = _plain(str(found))
    for message in KNOWN_MESSAGES[1:]:
        if _plain(message) == wanted:
            return message
    return OTHER


def _plain(text: str) -> str:
    return " ".join(text.split()).rstrip(".").casefold()


def _error_codes(errors: object) -> tuple[str, ...]:
    if not isinstance(errors, list):
        return ()
    codes = (_known(error.get("code"), KNOWN_CODES) for error in errors if isinstance(error, dict))
    return tuple(sorted({code for code in codes if code}))
