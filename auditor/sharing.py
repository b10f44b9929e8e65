"""A report for somebody else: what names the tenant is taken out, here and nowhere else."""

from auditor.schema import FindingPart, Report, RightPart, SettingsPart, Share

HIDDEN = "(not shared)"
OWN = "(a profile of its own)"
_TENANT_RULES = {"unknown-permission", "exception-expired", "exception-stale"}
_PUBLIC_RULES = {"excess-right", "dangerous-combination", "admin-role", "level-too-wide"}


def shared(
    report: Report, share: Share, profiles: frozenset[str], sources: frozenset[str]
) -> Report:
    """Return the report as it may be given away; `profiles` and `sources` are those that ship.

    internal: as it is. vendor: without host, company, people, and names of the tenant's own.
    public: also without times and API version, and without what the member has beyond its
    needs, which would tell a stranger where to strike.
    """
    if share == "internal":
        return report
    found = report.model_copy(
        update={
            "share": share,
            "target": report.target.model_copy(update={"site": HIDDEN, "company": HIDDEN}),
            "profile": tuple(_profile(name, profiles) for name in report.profile),
            "settings": tuple(map(_setting, report.settings)),
            "rights": tuple(_right(right, profiles, sources) for right in report.rights),
            "findings": _without(report.findings, _TENANT_RULES),
        }
    )
    return _public(found) if share == "public" else found


def _public(report: Report) -> Report:
    rights = report.counts.rights.model_copy(update={"excess": 0})
    kept = {name for right in report.needed for name in right.evidence}
    calls = {f"{action.method} {action.path}" for action in report.actions}
    requests = tuple(
        item for item in report.requests if item.id in kept or calls & set(item.operations)
    )
    shown = {item.id for item in requests}
    return report.model_copy(
        update={
            "target": report.target.model_copy(update={"api_version": HIDDEN}),
            "started": "",
            "finished": "",
            "counts": report.counts.model_copy(update={"rights": rights}),
            "rights": report.needed,
            "requests": requests,
            "calibration": tuple(
                item.model_copy(
                    update={
                        "controls": tuple(name for name in item.controls if name in shown),
                        "against": tuple(name for name in item.against if name in shown),
                    }
                )
                for item in report.calibration
            ),
            "findings": _without(report.findings, _PUBLIC_RULES),
        }
    )


def _without(findings: tuple[FindingPart, ...], rules: set[str]) -> tuple[FindingPart, ...]:
    return tuple(finding for finding in findings if finding.rule not in rules)


def _profile(name: str, known: frozenset[str]) -> str:
    return name if name in known or name.startswith("--") else OWN


def _setting(item: SettingsPart) -> SettingsPart:
    return item.model_copy(update={"unmatched": ()})


def _right(right: RightPart, profiles: frozenset[str], sources: frozenset[str]) -> RightPart:
    """Hide who wants a right and why, where a file of the tenant's own says it."""
    changes: dict[str, object] = {
        "wanted_by": tuple(dict.fromkeys(_profile(name, profiles) for name in right.wanted_by))
    }
    is_own = any(_profile(name, profiles) == OWN for name in right.wanted_by)
    if is_own or not set(right.source.split(";")) <= sources | {"", "you"}:
        changes |= {"source": HIDDEN, "why": ""}
    if right.accepted:
        hidden = {"owner": HIDDEN, "reason": HIDDEN}
        changes["accepted"] = right.accepted.model_copy(update=hidden)
    return right.model_copy(update=changes)
