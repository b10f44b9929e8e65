"""The table of verdicts: one answer, one judgement."""

import pytest

from auditor.client import Answer
from auditor.draft import Probe
from auditor.observation import SECURITY_MESSAGE, observe
from auditor.recipes import Request
from auditor.verdict import Outcome, judge

READ = Probe(
    "p1", ("GET /x",), Request("GET", "/x"), "", reads=True, absent=False, invalid=False,
    expects="list",
)  # fmt: skip
ONE = Probe(
    "p2", ("GET /x/{id}",), Request("GET", "/x/1"), "", reads=True, absent=True, invalid=False,
    expects="object",
)  # fmt: skip
WRITE = Probe(
    "p3", ("POST /x",), Request("POST", "/x", "", "{}"), "", reads=False, absent=False,
    invalid=True, expects="object",
)  # fmt: skip

JSON = "application/json"
SECURITY = f'{{"code":"Security","message":"{SECURITY_MESSAGE}","errors":null}}'
INVALID = (
    '{"code":"InvalidObject","message":"ticket object is invalid","errors":'
    '[{"code":"MissingRequiredField","message":"summary is required.","field":"summary"}]}'
)

Case = tuple[Probe, Answer, Outcome, str]
CASES: list[Case] = [
    (READ, Answer(403, JSON, SECURITY.encode()), "denied", "security"),
    (WRITE, Answer(403, JSON, SECURITY.encode()), "denied", "security"),
    (READ, Answer(200, JSON, b"[]"), "allowed", "read"),
    (READ, Answer(200, JSON, b'[{"id": 1}]'), "allowed", "read"),
    (ONE, Answer(200, JSON, b'{"count": 0}'), "allowed", "read"),
    # nothing that only looks like success is green
    (READ, Answer(200, JSON, b'{"ok": true}'), "undecided", "unexpected_success"),
    (ONE, Answer(200, JSON, b"[]"), "undecided", "unexpected_success"),
    (ONE, Answer(200, JSON, b'{"code":"Security","message":"x"}'), "undecided",
     "unexpected_success"),
    (READ, Answer(200, "text/html", b"<html>Sign in</html>"), "undecided", "html"),
    (READ, Answer(200, JSON, b"<html>"), "undecided", "html"),
    (READ, Answer(204), "undecided", "unexpected_success"),
    (READ, Answer(200, JSON, b"{not json"), "undecided", "unexpected_success"),
    # nothing that only looks like a refusal is red
    (READ, Answer(403, "text/html", b"<html>Forbidden</html>"), "undecided", "html"),
    (READ, Answer(403, JSON, b'{"code":"Security","message":"Go away."}'), "undecided",
     "other_403"),
    (READ, Answer(403, JSON, b'{"message":"Forbidden"}'), "undecided", "other_403"),
    (READ, Answer(403), "undecided", "other_403"),
    (READ, Answer(400, JSON, SECURITY.encode()), "undecided", "other_400"),
    (READ, Answer(403, JSON, b'{"code":"Security","message":"SSL is required.","errors":null}'),
     "undecided", "ssl_required"),
    (READ, Answer(403, JSON, b'{"code":"Security","message":"API-only members do not have access '
                             b'to this module"}'), "undecided", "licence_class"),
    (READ, Answer(403, JSON, f'{{"code":"Unauthorized","message":"{SECURITY_MESSAGE}"}}'.encode()),
     "undecided", "integrator_login"),
    # how far it came
    (ONE, Answer(404, JSON, b'{"code":"NotFound","message":"Ticket 1 not found"}'), "undecided",
     "not_found"),
    (WRITE, Answer(400, JSON, INVALID.encode()), "undecided", "invalid"),
    (ONE, Answer(404, JSON, b'{"code":"ConnectWiseApi","message":"The endpoint does not exist."}'),
     "undecided", "no_endpoint"),
    (ONE, Answer(404, JSON, b'{"message":"?"}'), "undecided", "other_404"),
    (ONE, Answer(404), "undecided", "other_404"),
    (WRITE, Answer(400, JSON, b'{"message":"Could not find member \'x\' on object of type \'Y\'"}'),
     "undecided", "other_400"),
    (WRITE, Answer(405), "undecided", "method"),
    (WRITE, Answer(409), "undecided", "method"),
    (WRITE, Answer(415), "undecided", "method"),
    (READ, Answer(429, JSON, b'{"error":"ConnectWiseAPI","message":"Too many requests."}'),
     "undecided", "throttled"),
    (READ, Answer(302), "undecided", "redirect"),
    (READ, Answer(500, JSON, b"{}"), "undecided", "server_error"),
    (READ, Answer(503, "text/html", b"<html>maintenance</html>"), "undecided", "html"),
    (READ, Answer(418), "undecided", "unknown"),
    (READ, Answer(None, failure="timeout"), "undecided", "timeout"),
    (READ, Answer(None, failure="connect"), "undecided", "connect"),
    (READ, Answer(None, failure="tls"), "undecided", "tls"),
    (READ, Answer(None, failure="protocol"), "undecided", "protocol"),
    (READ, Answer(200, failure="too_large"), "undecided", "too_large"),
]  # fmt: skip


@pytest.mark.parametrize(("probe", "answer", "outcome", "rule"), CASES)
def test_an_answer_has_one_verdict(probe: Probe, answer: Answer, outcome: str, rule: str) -> None:
    """Only exact evidence decides; everything else is undecided with its own reason."""
    verdict = judge(probe, observe(probe.id, answer))
    assert (verdict.outcome, verdict.rule) == (outcome, rule)
    assert verdict.reason
    assert verdict.remedy or verdict.outcome != "undecided"


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_a_write_that_succeeds_stops_the_run(status: int) -> None:
    """A 2xx on a write probe is a safety stop, never a green."""
    verdict = judge(WRITE, observe("p3", Answer(status, JSON, b'{"id": 7}')))
    assert (verdict.outcome, verdict.stops) == ("undecided", "safety")


@pytest.mark.parametrize(
    "answer",
    [
        Answer(401, JSON, b'{"code":"Unauthorized","message":"?"}'),
        Answer(404, JSON, b'{"message":"The supplied authentication is incorrect."}'),
        Answer(200, JSON, b'{"code":"ConnectWiseApi","message":"UserNotAuthenticated"}'),
    ],
)
def test_lost_credentials_stop_the_run(answer: Answer) -> None:
    """An answer about the sign-in is no statement about a right, whatever its status."""
    assert judge(ONE, observe("p2", answer)).stops == "credentials"


def test_what_was_never_sent_is_not_tested() -> None:
    """A probe without an observation has no verdict on the right."""
    assert judge(READ, None).outcome == "not_tested"


def test_only_known_words_of_a_body_are_kept() -> None:
    """Nothing that a tenant wrote gets into an observation."""
    body = b'{"code":"Acme Corp secret","message":"Jane Doe","errors":[{"code":"x"}]}'
    seen = observe("p1", Answer(400, JSON, body))
    assert (seen.code, seen.message, seen.errors) == ("other", "other", ("other",))
