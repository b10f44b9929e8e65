"""Which collections have records of their own on the first day, by shape."""

from collections.abc import Callable

from auditor.simulator import members, tenant
from auditor.simulator.places import Place
from auditor.simulator.records import Record, made
from auditor.simulator.settings import Settings

Seed = Callable[[Settings, Place], list[Record]]


def _named(names: tuple[str, ...]) -> Seed:
    def seed(settings: Settings, where: Place) -> list[Record]:
        return [
            made(settings.seed, where, number, name=name) for number, name in enumerate(names, 1)
        ]

    return seed


SEEDS: dict[str, Seed] = {
    "/company/companies": tenant.companies,
    "/company/companies/statuses": _named(("Active", "Inactive", "Not Approved")),
    "/company/companies/types": _named(("Client", "Prospect", "Vendor")),
    "/company/companies/{}/sites": _named(("Main", "Branch")),
    "/company/configurations": tenant.configurations,
    "/company/configurations/types": _named(tenant.MODELS),
    "/company/configurations/statuses": _named(("Active", "Inactive")),
    "/company/contacts": tenant.contacts,
    "/finance/agreements": tenant.agreements,
    "/finance/agreements/types": _named(tenant.AGREEMENT_TYPES),
    "/service/boards": tenant.boards,
    "/service/boards/{}/statuses": _named(tenant.STATUSES),
    "/service/boards/{}/types": _named(tenant.TYPES),
    "/service/priorities": _named(tenant.PRIORITIES),
    "/service/tickets": tenant.tickets,
    "/system/apimembers": members.caller,
    "/system/departments": _named(("Services", "Sales", "Finance")),
    "/system/locations": _named(("Exampleton", "Sampleville")),
    "/system/members": members.members,
    "/system/mymembers": members.caller,
    "/system/mysecurity": members.my_security,
    "/system/mysecurity/customizeitems": members.customize_items,
    "/system/reports": _named(("Company", "Service", "Time", "Finance")),
    "/system/securityroles": members.security_roles,
    "/system/securityroles/{}/settings": members.role_settings,
    "/system/setupscreens": members.setup_screens,
    "/time/entries": tenant.time_entries,
    "/time/workroles": _named(("Engineer", "Consultant", "Administrator")),
    "/time/worktypes": _named(("Remote", "On-site", "After hours")),
}
"""Collections with a story of their own, by shape; all others hold a few generic records."""
