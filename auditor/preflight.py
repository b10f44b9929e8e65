"""Prove host, company, client id and credentials before anything else is believed."""

import asyncio
import json
import re
from dataclasses import dataclass

from auditor.client import Answer, Client, company_info_url
from auditor.errors import ConnectError
from auditor.gate import PREFLIGHT
from auditor.observation import Observation, observe
from auditor.recipes import Request
from auditor.verdict import is_refusal


@dataclass(frozen=True, slots=True)
class Check:
    """One prerequisite: what was sent, what came back, what it means, what to do."""

    name: str
    sent: str
    came_back: str
    meaning: str
    remedy: str = ""
    is_ok: bool = True


@dataclass(frozen=True, slots=True)
class Preflight:
    """What the preflight found; `api_version` is empty where the member may not read it.

    `proof` is the request that proved the sign-in: refused to a stranger, answered to us.
    """

    checks: tuple[Check, ...]
    api_version: str = ""
    proof: Request | None = None

    @property
    def failed(self) -> Check | None:
        """Return the first check that failed."""
        return next((check for check in self.checks if not check.is_ok), None)


async def preflight(client: Client) -> Preflight:
    """Ask the company page, then sign in; stops at the first check that fails."""
    company = await _company(client)
    checks = [company]
    if not company.is_ok:
        return Preflight(tuple(checks))
    for request in PREFLIGHT:
        check, version, is_proved = await _sign_in(client, request)
        checks.append(check)
        if is_proved or not check.is_ok:
            return Preflight(tuple(checks), version, request if is_proved else None)
    last = checks.pop()
    failed = Check(
        last.name, last.sent, last.came_back,
        f"nothing shows that the credentials were read: {last.meaning}",
        "Check that --site is a ConnectWise PSA and not a proxy or a cache.", is_ok=False,
    )  # fmt: skip
    return Preflight((*checks, failed))


async def postflight(client: Client, proof: Request) -> bool:
    """Tell whether the credentials are still accepted, so that earlier 404s can be believed."""
    return _is_proof(observe("postflight", await client.send(proof)))


def require(found: Preflight) -> Request:
    """Return the request that proved the sign-in; raises ConnectError for what failed."""
    if found.proof:
        return found.proof
    check = found.failed or found.checks[-1]
    message = f"{check.meaning} ({check.sent} answered {check.came_back})."
    raise ConnectError(message[0].upper() + message[1:], check.remedy)


async def _company(client: Client) -> Check:
    answer = await client.company_info()
    sent = f"GET {company_info_url(client.target)}"
    name, company = "host and company", client.target.company
    if answer.status is None:
        remedies = {
            "tls": "Add the CA with --ca-bundle; checks cannot be turned off.",
            "timeout": "Check the host's name and the network.",
        }
        remedy = remedies.get(answer.failure, "Check --site for spelling.")
        meaning = f"host {client.target.ui} cannot be reached"
        return Check(name, sent, answer.failure, meaning, remedy, is_ok=False)
    found = _json(answer)
    if answer.status == 200 and str(found.get("CompanyID", "")).casefold() == company.casefold():
        return Check(name, sent, "200", f"the host is a ConnectWise PSA and knows {company!r}")
    if "CompanyID" in found or "CompanyName" in found or answer.status in {400, 404}:
        remedy = "Give the company id that is typed when signing in; check --site too."
        meaning = f"company {company!r} is not known at {client.target.ui}"
        return Check(name, sent, str(answer.status), meaning, remedy, is_ok=False)
    return Check(name, sent, str(answer.status), "no company page here; the sign-in will tell")


async def _sign_in(client: Client, request: Request) -> tuple[Check, str, bool]:
    """Ask with and without credentials; return the check, the version, and whether it proves."""
    name, sent = "client id and credentials", request.line
    without, answer = await asyncio.gather(client.send(request, signed=False), client.send(request))
    unsigned, seen = observe("unsigned", without), observe("sign-in", answer)
    came_back = str(seen.status or seen.failure)
    if not _is_proof(seen):
        meaning, remedy = _sign_in_failure(answer, seen)
        return Check(name, sent, came_back, meaning, remedy, is_ok=False), "", False
    if unsigned.status == 200 or (is_refusal(unsigned) and is_refusal(seen)):
        return Check(name, sent, came_back, "it answers anyone alike"), "", False
    if unsigned.status is None or unsigned.status == 429 or unsigned.status not in range(400, 500):
        meaning = "what a stranger gets is not known: there was no clear answer"
        return Check(name, sent, came_back, meaning), "", False
    meaning = "signed in: refused without credentials, answered with them"
    return Check(name, sent, came_back, meaning), _version(answer), True


def _version(answer: Answer) -> str:
    """Return the API version, if it is one: nothing else of this text may be kept."""
    found = str(_json(answer).get("version", ""))
    return found if re.fullmatch(r"v?[0-9][0-9._]{0,30}", found) else ""


def _sign_in_failure(answer: Answer, seen: Observation) -> tuple[str, str]:
    """Word why the sign-in failed, and what to try: the first line of the table that holds."""
    text = answer.body[:2000].decode(errors="replace").lower().replace(" ", "")
    keys = "Check the public and private key, and that the member is active."
    client_id = "Set PSA_AUDIT_CLIENT_ID to a client id registered at developer.connectwise.com."
    refused = answer.status == 401 or seen.message == "UserNotAuthenticated"
    table = (
        (answer.status is None, f"no answer: {answer.failure}", "Check --site and the network."),
        ("sslisrequired" in text, "the host answers that SSL is required",
         "Put api- before the host's name."),
        ("cannotroute" in text, "the server knows no such company", "Check --company."),
        ("clientid" in text, "the client id was not accepted", client_id),
        (refused, "the keys were not accepted", keys),
        (seen.shape == "html", "a web page answered instead of the API",
         "Check --site; a proxy may be answering."),
        (answer.status == 404, "the API is not there, or the keys are wrong",
         f"Check --site. {keys}"),
        (True, "the answer proves nothing about the credentials", f"Check --site. {keys}"),
    )  # fmt: skip
    return next((meaning, remedy) for holds, meaning, remedy in table if holds)


def _is_proof(seen: Observation) -> bool:
    """Tell whether only a signed-in member gets this: an answer, or the refusal of a right."""
    is_answer = seen.status == 200 and seen.shape in {"object", "list"}
    return (is_answer and seen.holds not in {"error", "nothing"}) or is_refusal(seen)


def _json(answer: Answer) -> dict[str, object]:
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
