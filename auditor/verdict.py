"""One observation → one verdict: a table of rules, each with the source it rests on.

A 404 or 400 is never a verdict by itself: it only says how far the request came.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from auditor.draft import Probe
from auditor.observation import OTHER, SECURITY_MESSAGE, Observation

Outcome = Literal["allowed", "denied", "undecided", "not_tested"]
Passed = Literal["", "lookup", "validation"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A judgement on one probe.

    `passed` says that the request came as far as the look-up of the record or the validation of
    the body; whether that is past security is for calibration to say. `stops` marks answers after
    which the run must not go on: `credentials` or `safety`.
    """

    outcome: Outcome
    rule: str
    reason: str
    remedy: str = ""
    passed: Passed = ""
    stops: Literal["", "credentials", "safety"] = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table: when `holds`, the verdict is this; `source` says why we think so."""

    holds: Callable[[Probe, Observation], bool]
    verdict: Verdict
    source: str


def _undecided(rule: str, reason: str, remedy: str, passed: Passed = "") -> Verdict:
    return Verdict("undecided", rule, reason, remedy, passed)


_FAILURES = {
    "timeout": ("no answer in time", "Run again, with a lower --rate if the PSA is busy."),
    "connect": ("the connection failed", "Check the network, then resume this run."),
    "tls": ("the server's certificate was not accepted", "Add its CA with --ca-bundle."),
    "protocol": ("the answer was not valid HTTP", "Look for a proxy between here and the PSA."),
    "too_large": ("the answer was larger than 1 MiB", "Report this endpoint to us."),
    "encoding": (
        "the answer's compression is broken or unknown",
        "Look for a proxy between here and the PSA.",
    ),
    "in_doubt": (
        "the program was cut off while this write was under way; it is never sent twice",
        "Start a new run to test it.",
    ),
}


def _failed(name: str) -> Callable[[Probe, Observation], bool]:
    return lambda _, seen: seen.failure == name


def _says(message: str) -> Callable[[Probe, Observation], bool]:
    return lambda _, seen: seen.message == message


def _status(*statuses: int) -> Callable[[Probe, Observation], bool]:
    return lambda _, seen: seen.status in statuses


def _is_success(seen: Observation) -> bool:
    return seen.status is not None and 200 <= seen.status < 300


def _is_done(probe: Probe, seen: Observation) -> bool:
    """Tell whether a write may have taken effect: a 2xx, however broken, or "see other"."""
    return not probe.reads and (_is_success(seen) or seen.status == 303)


def is_refusal(seen: Observation) -> bool:
    """Tell whether this is the exact security refusal, and nothing like it."""
    return seen.status == 403 and seen.code == "Security" and seen.message == SECURITY_MESSAGE


def is_absence(seen: Observation) -> bool:
    """Tell whether the API says that it looked for the record and did not find it."""
    is_other = seen.code in {"Security", "Unauthorized"} or seen.message not in {None, OTHER}
    return seen.status == 404 and "NotFound" in {seen.code, *seen.errors} and not is_other


def _is_validation(_: Probe, seen: Observation) -> bool:
    codes = {seen.code, *seen.errors}
    known = {"InvalidObject", "MissingRequiredField", "MaxLengthField", "OutOfRange"}
    return seen.status == 400 and bool(codes & (known | {"ObjectExists", "UnsupportedFormat"}))


def is_answered(probe: Probe, seen: Observation) -> bool:
    """Tell whether a read was answered with what such a read returns."""
    expected = {"rows"} if probe.expects == "list" else {"id", "count", "report"}
    return probe.reads and seen.status == 200 and not seen.failure and seen.holds in expected


RULES: tuple[Rule, ...] = (
    Rule(
        _is_done,
        Verdict("undecided", "safety", "a write that had to fail succeeded",
                "Look at the record in ConnectWise; report this to us.", stops="safety"),
        "design: safety stop",
    ),
    *(
        Rule(_failed(name), _undecided(name, *words), "what HTTP clients can meet")
        for name, words in _FAILURES.items()
    ),
    Rule(
        lambda _, seen: is_refusal(seen),
        Verdict("denied", "security", "refused with the exact security answer"),
        "refusals seen on live tenants",
    ),
    Rule(
        _says("SSL is required."),
        _undecided(
            "ssl_required",
            "the host answers that SSL is required",
            "Use the host with the api- prefix, such as api-na.myconnectwise.net.",
        ),
        "ConnectWise Developer Guide",
    ),
    Rule(
        _says("API-only members do not have access to this module"),
        _undecided(
            "licence_class",
            "the member's licence class does not reach this module",
            "No role change helps: use a member of another licence class.",
        ),
        "refusals seen on live tenants",
    ),
    Rule(
        lambda _, seen: seen.message in {"The supplied authentication is incorrect.",
                                         "UserNotAuthenticated"},
        Verdict("undecided", "credentials", "the credentials were no longer accepted",
                "Check that the keys are active, then resume this run.", stops="credentials"),
        "ConnectWise Developer Guide; seen on live tenants",
    ),
    Rule(
        lambda _, seen: seen.code == "Unauthorized" and seen.message == SECURITY_MESSAGE,
        _undecided(
            "integrator_login",
            "this needs an Integrator Login, which no API member has",
            "No role change helps.",
        ),
        "seen on live tenants",
    ),
    Rule(
        _status(401),
        Verdict("undecided", "credentials", "the credentials were no longer accepted",
                "Check that the keys are active, then resume this run.", stops="credentials"),
        "HTTP: 401",
    ),
    Rule(
        lambda _, seen: seen.shape == "html",
        _undecided(
            "html",
            "a web page answered instead of the API",
            "Look for a proxy, a firewall or a maintenance page between here and the PSA.",
        ),
        "no permission refusal in HTML has been published",
    ),
    Rule(
        is_answered,
        Verdict("allowed", "read", "the read was answered"),
        "a list without Inquire answers 403, seen on live tenants",
    ),
    Rule(
        lambda _, seen: _is_success(seen),
        _undecided(
            "unexpected_success",
            "the read succeeded, but not with JSON of the expected kind",
            "Look at what this address returns; a proxy may be answering.",
        ),
        "no green without positive evidence",
    ),
    Rule(
        _says("The endpoint does not exist."),
        _undecided(
            "no_endpoint",
            "this PSA says the endpoint does not exist",
            "It may be newer than this PSA, or closed to API-only members.",
        ),
        "seen on live tenants",
    ),
    Rule(
        lambda _, seen: is_absence(seen),
        _undecided(
            "not_found",
            "the PSA looked for the record",
            "Known once this resource has refused something, or the role's settings are read.",
            "lookup",
        ),
        "error codes of the API",
    ),
    Rule(
        _is_validation,
        _undecided(
            "invalid",
            "the PSA validated the body",
            "Known once this resource has refused something, or the role's settings are read.",
            "validation",
        ),
        "error codes of the API",
    ),
    Rule(
        _status(429),
        _undecided(
            "throttled", "the PSA still asked to slow down", "Run again with a lower --rate."
        ),
        "ConnectWise Developer Guide: rate limits",
    ),
    Rule(
        lambda _, seen: seen.status == 403,
        _undecided(
            "other_403",
            "refused, but not with the security answer",
            "A proxy, an IP restriction or another rule of the PSA: look at the answer by hand.",
        ),
        "no red without the exact refusal",
    ),
    Rule(
        _status(404),
        _undecided("other_404", "a 404 that does not say what was not found",
                   "Ask the address by hand and look at the answer."),
        "on cloud a wrong sign-in can be a 404 too: ConnectWise Developer Guide",
    ),
    Rule(
        _status(400),
        _undecided("other_400", "the request was refused before validation",
                   "Report this endpoint to us: its probe needs another form."),
        "unknown JSON members are refused while parsing, seen on live tenants",
    ),
    Rule(
        _status(405, 409, 415),
        _undecided("method", "the PSA does not take this request here",
                   "Report this endpoint to us: its probe needs another form."),
        "ConnectWise Developer Guide: status codes",
    ),
    Rule(
        lambda _, seen: seen.status is not None and 300 <= seen.status < 400,
        _undecided("redirect", "the PSA redirects, and redirects are not followed",
                   "Give the address it redirects to as --site."),
        "design: no redirects",
    ),
    Rule(
        lambda _, seen: seen.status is not None and seen.status >= 500,
        _undecided("server_error", "the PSA failed", "Run again later."),
        "HTTP: 5xx",
    ),
)  # fmt: skip


def judge(probe: Probe, seen: Observation | None) -> Verdict:
    """Return the verdict of the first rule that holds; None was never sent."""
    if seen is None or seen.failure == "not_sent":
        why = seen.why if seen else "the run ended before it was sent"
        return Verdict("not_tested", "not_sent", why, "Resume this run.")
    for rule in RULES:
        if rule.holds(probe, seen):
            return rule.verdict
    return _undecided("unknown", f"status {seen.status} is not known here", "Report this to us.")


def words(seen: Observation | None) -> str:
    """Describe an answer in a few words for a report: status, code, known message."""
    if seen is None or seen.failure == "not_sent":
        return "not sent"
    if seen.failure:
        return seen.failure.replace("_", " ")
    parts = [str(seen.status), seen.code, *(seen.errors or ())]
    return " ".join(part for part in parts if part and part != OTHER)
