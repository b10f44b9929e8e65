"""What came back for a call → whether a missing right can be why, and what it is otherwise.

A table of rules, first match wins. Only the exact security answer blames the role for sure.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from auditor.calls import Call

SECURITY_SENTENCE = "You do not have security permission to perform this action."
Blames = Literal["role", "perhaps", "nothing", "other"]


@dataclass(frozen=True, slots=True)
class Reply:
    """What an answer means. `blames`: the role, perhaps the role, nothing (no refusal), other."""

    rule: str
    blames: Blames
    says: str
    do: str


@dataclass(frozen=True, slots=True)
class _Rule:
    holds: Callable[[Call], bool]
    reply: Reply


def read_reply(call: Call) -> Reply:
    """Return what the answer of a call means."""
    return next(rule.reply for rule in _RULES if rule.holds(call))


def _rule(
    holds: Callable[[Call], bool], rule: str, blames: Blames, says: str, do: str = ""
) -> _Rule:
    return _Rule(holds, Reply(rule, blames, says, do))


def _plain(text: str | None) -> str:
    return (text or "").strip().rstrip(".!").casefold()


def _says(*words: str) -> Callable[[Call], bool]:
    wanted = [word.casefold() for word in words]
    return lambda call: any(word in _plain(call.message) for word in wanted)


def _status(*statuses: int) -> Callable[[Call], bool]:
    return lambda call: call.status in statuses


def _class(digit: int) -> Callable[[Call], bool]:
    return lambda call: call.status is not None and call.status // 100 == digit


def _code(call: Call) -> str:
    return (call.code or "").casefold()


def _is_sentence(call: Call) -> bool:
    return _plain(call.message) == _plain(SECURITY_SENTENCE)


def _is_security(call: Call) -> bool:
    return call.status in {403, None} and _code(call) == "security" and _is_sentence(call)


def _is_html(call: Call) -> bool:
    text = _plain(call.message)
    return text.startswith("<") or "<html" in text or "<!doctype" in text


def _is_unread_403(call: Call) -> bool:
    """Tell whether a log tells of a 403 without its message; the code, if any, fits."""
    return call.status == 403 and not call.message and _code(call) in {"", "security"}


def _is_validation(call: Call) -> bool:
    codes = {"invalidobject", "missingrequiredfield", "maxlengthfield", "outofrange",
             "objectexists", "unsupportedformat"}  # fmt: skip
    return call.status in {400, None} and _code(call) in codes


_CREDENTIALS = "Check the keys and the client id; `psa-audit doctor` tells which of them it is."
_RULES: tuple[_Rule, ...] = (
    _rule(
        _class(2), "success", "nothing", "The call succeeded: nothing was refused.",
        "If the workflow failed all the same, look at another of its calls.",
    ),
    _rule(
        _is_security, "security", "role",
        "This is the security refusal: the member's role lacks a right. It never says which.",
    ),
    _rule(
        _says("ssl is required"), "ssl_required", "other",
        "Not a permission: the host is the one for people, not the one for programs.",
        "Use the host that begins with api-, such as api-na.myconnectwise.net.",
    ),
    _rule(
        _says("api-only members do not have access"), "licence_class", "other",
        "Not a permission: an API-only member does not reach this module by its licence class.",
        "No role change helps: use a member of another licence class.",
    ),
    _rule(
        lambda call: _code(call) == "unauthorized" and _is_sentence(call),
        "integrator_login", "other",
        "Not a permission: the code Unauthorized with this sentence asks for an Integrator "
        "Login, which no API member has.",
        "No role change helps.",
    ),
    _rule(
        _says("clientid", "client id"), "client_id", "other",
        "Not a permission: the client id was not accepted.",
        "Send a client id registered at developer.connectwise.com in the header clientId.",
    ),
    _rule(
        _says("usernotauthenticated", "supplied authentication is incorrect"),
        "credentials", "other",
        "Not a permission: the keys were not accepted.", _CREDENTIALS,
    ),
    _rule(
        _says("cannot route"), "company", "other",
        "Not a permission: the PSA does not know this company or code base.",
        "Check the company id, and the address before /apis/3.0.",
    ),
    _rule(
        _status(401), "credentials", "other",
        "Not a permission: 401 says that the sign-in failed.", _CREDENTIALS,
    ),
    _rule(
        _is_html, "html", "other",
        "Not shown to be a permission: a web page answered instead of the API.",
        "Look for a proxy, a firewall, an IP restriction or maintenance on the way to the PSA.",
    ),
    _rule(
        _says("the endpoint does not exist"), "no_endpoint", "other",
        "Not a permission: this PSA says that it has no such endpoint.",
        "It may be newer or older than this PSA, or closed to API-only members.",
    ),
    _rule(
        lambda call: call.status == 404 or _code(call) == "notfound",
        "not_found", "other",
        "Not shown to be a permission: the PSA did not find the record.",
        "Check the id, and whether it was deleted. Where the cloud does not accept the keys, "
        "that can be a 404 too.",
    ),
    _rule(
        _is_validation, "validation", "other",
        "Not a permission: what was sent is not valid.",
        "Send every required field, with values of the right kind and length.",
    ),
    _rule(
        _says("could not find member"), "unknown_field", "other",
        "Not a permission: what was sent has a field that this endpoint does not know.",
        "Take the field out, or spell it as the API documentation does.",
    ),
    _rule(
        _status(400), "bad_request", "other",
        "Not a permission: the PSA could not make sense of the request.",
        "Look at the conditions, the fields and the body that were sent.",
    ),
    _rule(
        _status(405, 409, 415), "method", "other",
        "Not a permission: the PSA does not take this request here, or the record is in use.",
        "405: another method. 409: someone else has the record. 415: another content type.",
    ),
    _rule(
        lambda call: call.status == 429 or _says("too many requests")(call), "throttled", "other",
        "Not a permission: the PSA asked to slow down.",
        "Wait for as long as Retry-After says, and send less at a time.",
    ),
    _rule(
        _class(5), "server_error", "other", "Not a permission: the PSA failed.",
        "Try again later; ask for less at a time if it was a time-out.",
    ),
    _rule(
        _class(3), "redirect", "other", "Not a permission: the PSA sends to another address.",
        "Use the address that it redirects to.",
    ),
    _rule(
        _is_unread_403, "unread_403", "perhaps",
        "A 403 whose body is not at hand: most likely the security refusal.",
        "To be sure, look at the body: code Security and nothing else means a missing right; a "
        "web page means a proxy or firewall.",
    ),
    _rule(
        _is_sentence, "half_security", "perhaps",
        "The sentence is that of the security refusal; that its code is Security is not shown.",
        "With the code Unauthorized it would be an Integrator Login that is asked for.",
    ),
    _rule(
        _status(403), "other_403", "other",
        "Not shown to be a permission: refused, but not with the security answer.",
        "Look at the body: a proxy, an IP restriction or another rule of the PSA.",
    ),
    _rule(
        lambda call: call.status is None and not call.code and not call.message,
        "unsaid", "perhaps",
        "What came back is not said. If it was 403 with the code Security, then this:",
    ),
    _rule(
        lambda _: True, "unknown", "other",
        "Not shown to be a permission: this answer is not known here.",
        "Look at the status and the body by hand.",
    ),
)  # fmt: skip
