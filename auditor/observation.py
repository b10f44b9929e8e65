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
    "ConnectWiseAPI",
    "NotFound",
    "InvalidObject",
    "MissingRequiredField",
    "ObjectExists",
    "OutOfRange",
    "MaxLengthField",
    "UnsupportedFormat",
)
OTHER = "other"

Shape = Literal["", "list", "object", "html", "text", "empty", "binary"]


@dataclass(frozen=True, slots=True)
class Observation:
    """What came back for one probe.

    `failure` names why there is no answer: timeout, connect, tls, protocol, too_large, in_doubt
    (the program died while this write was under way) or not_sent. `why` says more about not_sent.
    `code`, `message` and `errors` hold known words only, `other` for any else. `size` is in
    bytes. `first_id` is the id that a read of one id returned. `order` counts completions.
    """

    probe: str
    order: int
    status: int | None = None
    failure: str = ""
    why: str = ""
    shape: Shape = ""
    code: str | None = None
    message: str | None = None
    errors: tuple[str, ...] = ()
    size: int = 0
    rows: int | None = None
    first_id: int | None = None
    attempts: int = 1


def observe(probe: str, order: int, answer: Answer, attempts: int = 1) -> Observation:
    """Reduce an answer to its facts."""
    shape, data = _parse(answer)
    code = message = None
    errors: tuple[str, ...] = ()
    rows = first_id = None
    if isinstance(data, dict):
        code = _known(data.get("code", data.get("error")), KNOWN_CODES)
        message = _known(data.get("message"), KNOWN_MESSAGES)
        errors = _error_codes(data.get("errors"))
    elif isinstance(data, list):
        rows = len(data)
        first = data[0].get("id") if data and isinstance(data[0], dict) else None
        first_id = first if type(first) is int and 0 < first < 2**31 else None
    elif shape == "text":
        message = _known(answer.body[:200].decode(errors="replace"), KNOWN_MESSAGES)
    return Observation(
        probe, order, answer.status, answer.failure, "", shape, code, message, errors,
        len(answer.body), rows, first_id, attempts,
    )  # fmt: skip


def not_sent(probe: str, why: str) -> Observation:
    """Return the observation of a probe that was held back."""
    return Observation(probe, -1, failure="not_sent", why=why, attempts=0)


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


def _known(found: object, known: tuple[str, ...]) -> str | None:
    if found is None:
        return None
    text = str(found).strip()
    return text if text in known else OTHER


def _error_codes(errors: object) -> tuple[str, ...]:
    if not isinstance(errors, list):
        return ()
    codes = (_known(error.get("code"), KNOWN_CODES) for error in errors if isinstance(error, dict))
    return tuple(sorted({code for code in codes if code}))
