"""The one choke point below the client: it refuses every request that is not in the plan."""

import re
from collections.abc import Iterable

from auditor.errors import AuditError
from auditor.plan import Plan
from auditor.recipes import SAMPLED, Request

PREFLIGHT = (
    Request("GET", "/system/info"),
    Request("GET", "/system/myMembers/info", "fields=id&pageSize=1"),
)
MY_SECURITY = Request("GET", "/system/mySecurity", "pageSize=1000")
MY_ITEMS = Request("GET", "/system/mySecurity/customizeItems/", "pageSize=1000")
MYSELF = Request("GET", "/system/myMembers", "pageSize=1")
MY_ROLE = Request("GET", f"/system/securityRoles/{SAMPLED}/settings", "pageSize=1000")
SCREENS = Request("GET", "/system/setupScreens", "pageSize=1000")
EVIDENCE = (
    MY_SECURITY,
    MY_ITEMS,
    SCREENS,
    MYSELF,
    MY_ROLE,
)  # what the settings say; reads, always allowed


class GateError(AuditError):
    """A request that no plan holds was about to be sent: a fault in this program."""


class Gate:
    """Remembers what may be sent below `origin` + `base`; each write once."""

    def __init__(self, origin: str, base: str, unsigned: str, plan: Plan | None = None) -> None:
        self._prefix = origin + base
        self._unsigned = unsigned
        planned = plan.probes if plan else ()
        self._reads = {_key(request) for request in PREFLIGHT + EVIDENCE if request != MY_ROLE}
        self._reads |= {
            _key(probe.request) for probe in planned if probe.reads and not probe.sample
        }
        self._writes = {_key(probe.request) for probe in planned if not probe.reads}
        sampled = [probe.request for probe in planned if probe.sample]
        self._sampled = _patterns([MY_ROLE, *sampled])

    def admit(self, method: str, url: str, body: str) -> None:
        """Let a planned request pass; raises GateError for any other, and for a second write."""
        if method == "GET" and url == self._unsigned and not body:
            return
        if url.startswith(self._prefix + "/"):
            key = (method, url.removeprefix(self._prefix), body)
            if key in self._reads:
                return
            if key in self._writes:
                self._writes.remove(key)
                return
            if method == "GET" and not body and self._sampled.fullmatch(key[1]):
                return
        raise GateError(f"The gate refused {method} {url}: it is not in the plan.")


def _key(request: Request) -> tuple[str, str, str]:
    query = f"?{request.query}" if request.query else ""
    return request.method, request.path + query, request.body


def _patterns(requests: Iterable[Request]) -> re.Pattern[str]:
    escaped = (re.escape(_key(request)[1]) for request in requests)
    return re.compile("|".join(text.replace(re.escape(SAMPLED), r"\d{1,10}") for text in escaped))
