"""The report as data, schema psa-audit/report/1: what every writer shows."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA = "psa-audit/report/1"

Verdict = Literal["allowed", "denied", "undecided", "not_tested"]
State = Literal["granted", "missing", "level_too_low", "undecided", "excess"]
Share = Literal["internal", "vendor", "public"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Tool(_Part):
    """The program and the digest of the matrices it used."""

    version: str
    matrices: str


class TargetPart(_Part):
    """The PSA that was asked."""

    site: str
    company: str
    api_version: str


class PlanPart(_Part):
    """The plan's hash, how many probes it holds, how many operations are skipped."""

    hash: str
    probes: int
    skipped: int


class ActionCounts(_Part):
    """How many actions have each verdict."""

    allowed: int
    denied: int
    undecided: int
    not_tested: int


class RightCounts(_Part):
    """How many rights are in each state."""

    granted: int
    missing: int
    level_too_low: int
    undecided: int
    excess: int


class Counts(_Part):
    """Counts of actions and rights."""

    actions: ActionCounts
    rights: RightCounts


class CalibrationPart(_Part):
    """The order of checks of one resource; None is not established.

    `controls` are the requests that show it, `against` those that show the opposite.
    """

    resource: str
    before_lookup: bool | None
    before_validation: bool | None
    controls: tuple[str, ...]
    against: tuple[str, ...]


class RequestPart(_Part):
    """The request that decided an action."""

    method: str
    path: str


class ResponsePart(_Part):
    """What came back: status, known code, known message."""

    status: int
    code: str | None
    message: str | None


class ActionPart(_Part):
    """One catalogue action: the verdict on its own request, and its outlook by all its rights."""

    category: str
    action: str
    method: str
    path: str
    verdict: Verdict
    outlook: Literal["works", "fails", "open"]
    reason: str
    remedy: str
    request: RequestPart | None
    response: ResponsePart | None
    rights: tuple[str, ...]
    suspects: tuple[str, ...]
    conditional: tuple[str, ...]


class AcceptedPart(_Part):
    """Who accepts that a right stays as it is, why, and until which day (ISO 8601)."""

    reason: str
    owner: str
    expires: str


class SettingsPart(_Part):
    """One source of what the member's settings say: how it answered and what it held.

    `items` counts the Table Setup items that Customize allows; None where the list was not read.
    """

    source: str
    answer: str
    permissions: int
    items: int | None
    unmatched: tuple[str, ...]


class RightPart(_Part):
    """One right, needed or in excess, and its state; `evidence` are ids of requests.

    `level_verified` is None where no level is needed; `risk` and `harm` say what it can do.
    """

    id: str
    module: str
    permission: str
    verb: Literal["Add", "Edit", "Delete", "Inquire"]
    table: str | None
    needed: Literal["My", "All"] | None
    declared: Literal["None", "My", "All"] | None
    state: State
    grade: Literal["proved", "declared", "both"] | None
    leaning: Literal["granted", "missing"] | None
    level_verified: bool | None
    reason: str
    risk: Literal["low", "medium", "high", "critical"]
    harm: str
    basis: str
    source: str
    why: str
    evidence: tuple[str, ...]
    actions: tuple[str, ...]
    wanted_by: tuple[str, ...]
    accepted: AcceptedPart | None


class FindingPart(_Part):
    """One thing to act on; module to table are None for a finding about no single right."""

    rule: str
    severity: Literal["high", "medium", "low"]
    module: str | None
    permission: str | None
    verb: str | None
    table: str | None
    message: str
    fix: str
    actions: tuple[str, ...]


class ProbePart(_Part):
    """One planned request and what became of it; `sent` is how often it went out.

    `followup` requests are sent only where the first ones decide nothing.
    """

    id: str
    method: str
    path: str
    query: str
    body: str
    operations: tuple[str, ...]
    harmless: str
    followup: bool
    sent: int
    answer: str
    verdict: Verdict
    reason: str


class SkipPart(_Part):
    """An operation or right for which nothing is sent, and why."""

    id: str
    reason: str


class SourcePart(_Part):
    """A source that a basis rests on."""

    id: str
    title: str
    url: str


class Report(_Part):
    """A whole report. Times are UTC, ISO 8601."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    schema_: str = Field(default=SCHEMA, alias="schema")
    tool: Tool
    target: TargetPart
    started: str
    finished: str
    stopped: Literal["", "safety", "credentials", "throttled", "interrupted", "unfinished"]
    headline: str
    plan: PlanPart
    profile: tuple[str, ...]
    share: Share
    strict: bool
    accept_analogy: bool
    counts: Counts
    settings: tuple[SettingsPart, ...]
    calibration: tuple[CalibrationPart, ...]
    actions: tuple[ActionPart, ...]
    rights: tuple[RightPart, ...]
    findings: tuple[FindingPart, ...]
    requests: tuple[ProbePart, ...]
    skipped: tuple[SkipPart, ...]
    sources: tuple[SourcePart, ...]

    @property
    def modules(self) -> tuple[str, ...]:
        """Return the modules of the needed rights, in screen order."""
        return tuple(dict.fromkeys(right.module for right in self.needed))

    @property
    def needed(self) -> tuple[RightPart, ...]:
        """Return the rights that something needs."""
        return tuple(right for right in self.rights if right.state != "excess")

    @property
    def excess(self) -> tuple[RightPart, ...]:
        """Return the rights that nothing needs, worst harm first."""
        return tuple(right for right in self.rights if right.state == "excess")
