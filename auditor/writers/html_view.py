"""The report → what the page shows, in its order: grouped, linked and marked, nothing judged."""

from collections import Counter
from collections.abc import Sequence
from functools import cached_property

from auditor.report import exit_code
from auditor.rights import Verb
from auditor.schema import FindingPart, Report, SkipPart
from auditor.writers import html_words as words
from auditor.writers.html_parts import (
    Groups,
    MatrixRow,
    ShownAction,
    ShownRequest,
    ShownRight,
    actions_of,
    grouped,
    grouped_pairs,
    requests_of,
    rights_of,
)
from auditor.writers.html_text import address, first_of, ids
from auditor.writers.html_words import Mark

LACKING = {"missing", "level_too_low"}
FAIL_ON = frozenset({"missing", "undecided"})  # what --fail-on says where nobody changed it
DANGERS = {"admin-role", "dangerous-combination", "level-too-wide"}
EXCEPTIONS = {"exception-expired", "exception-stale"}


class Page:
    """A report as the templates show it."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.rights = rights_of(report)
        self.actions = actions_of(report)
        self.requests = requests_of(report)
        self.sources = tuple(
            zip(report.sources, ids("source", (it.id for it in report.sources)), strict=True)
        )
        self.right_id = first_of((it.part.id for it in self.rights), (it.id for it in self.rights))
        self.request_id = first_of(
            (it.part.id for it in self.requests), (it.id for it in self.requests)
        )
        self.action_id = first_of(
            (f"{it.part.category}/{it.part.action}" for it in self.actions),
            (it.id for it in self.actions),
        )
        self.source_id = first_of(
            (part.id for part, _ in self.sources), (place for _, place in self.sources)
        )
        self.answers = {part.id: part for part in reversed(report.requests)}
        self.titles = {part.id: part.title for part in report.sources}
        self.address = address

    @property
    def outcome(self) -> Mark:
        """Return the mark of the headline; nothing looks good without a granted right."""
        report, rights = self.report, self.report.counts.rights
        if rights.missing or rights.level_too_low or report.stopped == "safety":
            return words.STATES["missing"]
        if rights.undecided or report.stopped or report.counts.actions.denied:
            return words.STATES["undecided"]
        return words.STATES["granted"] if rights.granted else words.VERDICTS["not_tested"]

    @property
    def exit_code(self) -> int:
        """Return the exit code where --fail-on is left as it is."""
        return exit_code(self.report, FAIL_ON)

    @property
    def outlooks(self) -> Counter[str]:
        """Count how the actions will fare."""
        return Counter(part.outlook for part in self.report.actions)

    @cached_property
    def lacking(self) -> Groups[ShownRight]:
        """Return what to set, by module, in the order of the role screen."""
        return self._by_module(LACKING)

    @cached_property
    def undecided(self) -> Groups[ShownRight]:
        """Return what is not decided, by module."""
        return self._by_module({"undecided"})

    @cached_property
    def granted(self) -> Groups[ShownRight]:
        """Return what is there, by module."""
        return self._by_module({"granted"})

    @cached_property
    def excess(self) -> Groups[ShownRight]:
        """Return what nothing needs, by harm, in the order of the report: worst first."""
        return grouped(
            (it for it in self.rights if it.part.state == "excess"), lambda it: it.part.risk
        )

    @cached_property
    def matrix(self) -> Groups[MatrixRow]:
        """Return the rows of the role screen that the report speaks of, by module."""
        rows: dict[tuple[str, str, str | None], dict[str, ShownRight]] = {}
        for item in self.rights:
            place = (item.part.module, item.part.permission, item.part.table)
            rows.setdefault(place, {}).setdefault(item.part.verb, item)
        return grouped_pairs(
            (module, MatrixRow(permission, table, tuple(map(cells.get, Verb))))
            for (module, permission, table), cells in rows.items()
        )

    @cached_property
    def by_category(self) -> Groups[ShownAction]:
        """Return the actions by category."""
        return grouped(self.actions, lambda it: it.part.category)

    @cached_property
    def skipped(self) -> Groups[SkipPart]:
        """Return what is skipped by design, by reason."""
        return grouped(self.report.skipped, lambda it: it.reason)

    @property
    def sent(self) -> Sequence[ShownRequest]:
        """Return the requests that went out."""
        return [it for it in self.requests if it.part.sent]

    @property
    def unsent(self) -> Sequence[ShownRequest]:
        """Return the planned requests that did not go out."""
        return [it for it in self.requests if not it.part.sent]

    @property
    def one_of(self) -> Sequence[str]:
        """Return what is said of refusals behind which one of several rights lies."""
        return list(dict.fromkeys(it.message for it in self._findings({"one-of-rights"})))

    @property
    def exceptions(self) -> Sequence[FindingPart]:
        """Return the exceptions that hold no more."""
        return self._findings(EXCEPTIONS)

    @property
    def dangers(self) -> Sequence[FindingPart]:
        """Return the findings about too much power that are about no single right."""
        return self._findings(DANGERS)

    @property
    def others(self) -> Sequence[FindingPart]:
        """Return conflicts and every finding that stands nowhere else."""
        shown = {id(it.finding) for it in self.rights}
        elsewhere = DANGERS | EXCEPTIONS | {"one-of-rights"}
        return [
            it for it in self.report.findings if it.rule not in elsewhere and id(it) not in shown
        ]

    @property
    def coverage(self) -> Sequence[tuple[str, int]]:
        """Count what was planned and what became of it."""
        unused = sum(it.part.followup for it in self.unsent)
        return (
            ("Requests planned", len(self.requests)),
            ("Requests sent", len(self.sent)),
            ("Follow-ups that were not needed", unused),
            ("Planned, but not sent", len(self.unsent) - unused),
            ("Operations skipped by design", len(self.report.skipped)),
        )

    def _findings(self, rules: set[str]) -> Sequence[FindingPart]:
        return [it for it in self.report.findings if it.rule in rules]

    def _by_module(self, states: set[str]) -> Groups[ShownRight]:
        return grouped(
            (it for it in self.rights if it.part.state in states), lambda it: it.part.module
        )
