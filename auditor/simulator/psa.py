"""The simulated PSA without a network: one call in, one reply out."""

from collections.abc import Callable
from dataclasses import dataclass

from auditor.rows import Operation
from auditor.simulator import disturbances, messages, sign_in
from auditor.simulator.disturbances import Faults, RateLimit
from auditor.simulator.handlers import Visit, handle
from auditor.simulator.ledger import Ledger
from auditor.simulator.listing import trimmed
from auditor.simulator.messages import Call, Reply
from auditor.simulator.nouns import Nouns
from auditor.simulator.places import target
from auditor.simulator.references import leads_somewhere
from auditor.simulator.routes import Routes
from auditor.simulator.settings import CHECKS, Check, Settings
from auditor.simulator.store import Store
from auditor.simulator.validation import validate

LEDGER = "/_simulator/ledger"
COMPANY_INFO = "/login/companyinfo/"
INTEGRATOR_ONLY = "POST /system/members/{memberIdentifier}/tokens"
NOT_FOR_API_MEMBERS = "/system/myaccount"
OWN_SECURITY = "/system/mysecurity"


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply and the seconds to wait before it is sent."""

    reply: Reply
    delay: float = 0.0


class Psa:
    """One tenant: its settings, its records, its ledger."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings.issued()
        self.ledger = Ledger()
        operations = settings.catalogue.operations.values()
        self._store = Store(self.settings, Nouns(operations), self.ledger)
        self._routes = Routes(operations)
        self._faults = Faults(settings.faults)
        self._limit = RateLimit(settings.rate_limit) if settings.rate_limit else None
        self._allowed: dict[str, bool] = {}
        self._checks: dict[Check, Callable[[Visit], Reply | None]] = {
            "security": self._security,
            "lookup": self._lookup,
            "validation": self._validation,
        }

    def answer(self, call: Call) -> Answer:
        """Return what the PSA answers; the ledger itself is not entered in the ledger."""
        if call.path == LEDGER:
            return Answer(Reply(200, self.ledger.data()))
        self.ledger.requests += 1
        found = self._answer(call)
        query = f"?{call.query_string}" if call.query_string else ""
        self.ledger.calls.append((call.method, call.path + query, found.reply.status))
        return Answer(found.reply, found.delay + self.settings.latency)

    def _answer(self, call: Call) -> Answer:
        if call.path.lower().startswith(COMPANY_INFO) and call.method == "GET":
            company = call.path[len(COMPANY_INFO) :].strip("/")
            return Answer(sign_in.company_info(company, call.base, self.settings))
        codebase, path = _below_base(call.path)
        if not path:
            return Answer(messages.NO_ENDPOINT)
        if codebase.lower() not in sign_in.CODEBASES:
            return Answer(messages.NOT_ROUTED)
        if reply := sign_in.unknown_caller(call, self.settings):
            return Answer(reply)
        fault = self._faults.next(call.method, path)
        reply = disturbances.answer(fault) if fault else None
        return Answer(reply or self._served(call, path), fault.delay if fault else 0.0)

    def _served(self, call: Call, path: str) -> Reply:
        if self._limit and (seconds := self._limit.wait()):
            return messages.too_many(seconds)
        operation = self._routes.match(call.method, path)
        if not isinstance(operation, Operation):
            return _unrouted(call.method, operation)
        if operation.path.lower().startswith(NOT_FOR_API_MEMBERS):
            return messages.NO_ENDPOINT
        if operation.id == INTEGRATOR_ONLY:
            return messages.INTEGRATOR_ONLY
        visit = Visit(call, operation, target(operation, path), self._store)
        for check in CHECKS[self.settings.order_of(operation.path)]:
            if reply := self._checks[check](visit):
                return reply
        if operation.path == "/system/info":
            return Reply(200, trimmed(sign_in.system_info(), call.query.get("fields", "")))
        return handle(visit)

    def _security(self, visit: Visit) -> Reply | None:
        """Refuse what the role does not allow: the API never says which right is missing."""
        operation = visit.operation
        if operation.id not in self._allowed:
            needs = self.settings.catalogue.requirements(operation)
            self._allowed[operation.id] = all(self.settings.role.has(need.right) for need in needs)
        is_own = operation.path.lower().startswith(OWN_SECURITY)
        if not self._allowed[operation.id] or (is_own and not self.settings.my_security):
            return messages.FORBIDDEN
        return None

    def _lookup(self, visit: Visit) -> Reply | None:
        for where, value in visit.target.steps:
            if self._store.find(where, value) is None:
                return messages.not_found(self._store.nouns.of(where), value)
        return None

    def _validation(self, visit: Visit) -> Reply | None:
        return validate(
            visit.call,
            visit.operation,
            self.settings.catalogue,
            lambda kind, value: leads_somewhere(self._store, kind, value),
        )


def _below_base(path: str) -> tuple[str, str]:
    """Split `/codebase/apis/3.0/x` into codebase and `/x`; empty where it is not of that form."""
    parts = path.split("/", 4)
    if len(parts) < 5 or [part.lower() for part in parts[2:4]] != ["apis", "3.0"]:
        return "", ""
    return parts[1], "/" + parts[4]


def _unrouted(method: str, others: frozenset[str]) -> Reply:
    if others or method not in {"GET", "POST", "PUT", "PATCH", "DELETE"}:
        return messages.wrong_method(method, sorted(others))
    return messages.NO_ENDPOINT
