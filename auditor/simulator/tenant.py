"""The business of the tenant on the first day: companies, tickets, agreements and so on."""

from auditor.simulator.members import STAFF, staff
from auditor.simulator.places import Place, place
from auditor.simulator.records import Record, made, moment, reference
from auditor.simulator.settings import Settings, draw

_TREES = (
    "Ash", "Birch", "Cedar", "Elm", "Fir", "Hazel", "Juniper", "Larch",
    "Maple", "Oak", "Pine", "Rowan", "Spruce", "Willow", "Yew",
)  # fmt: skip
_TRADES = ("Dental", "Logistics")
_TITLES = ("Manager", "Reception", "Accounts", "Director", "Operations")
_SUMMARIES = (
    "Printer does not print", "Cannot sign in", "New starter: set up account and laptop",
    "Mailbox is full", "Backup failed overnight", "VPN drops every hour", "Phishing mail reported",
    "Disk space low on file server", "Wi-Fi slow in meeting room", "Leaver: disable account",
)  # fmt: skip
BOARD_NAMES = ("Help Desk", "Alerts", "Onboarding", "Security")
STATUSES = ("New", "In Progress", "Waiting Customer", "Completed", ">Closed")
TYPES = ("Hardware", "Software", "Account", "Network")
PRIORITIES = (
    "Priority 1 - Critical",
    "Priority 2 - High",
    "Priority 3 - Medium",
    "Priority 4 - Low",
)
AGREEMENT_TYPES = ("Managed Services", "Block Hours", "Cloud Backup")
MODELS = ("Workstation", "Notebook", "Server", "Firewall", "Switch")
COMPANY_COUNT = len(_TREES) * len(_TRADES)

COMPANIES = place("/company/companies")
CONTACTS = place("/company/contacts")
BOARDS = place("/service/boards")
PRIORITY = place("/service/priorities")


def _numbered(names: tuple[str, ...]) -> enumerate[str]:
    return enumerate(names, 1)


def _company(number: int) -> Record:
    tree, trade = divmod(number - 1, len(_TRADES))
    name = f"{_TREES[tree]} {_TRADES[trade]}"
    return {"id": number, "identifier": name.replace(" ", ""), "name": name}


def _company_reference(number: int) -> Record:
    return reference("company", COMPANIES, _company(number))


def _contact(settings: Settings, number: int) -> Record:
    title = draw(_TITLES, settings.seed, "title", number)
    return {"id": number, "firstName": title, "lastName": f"Contact{number}"}


def _contact_reference(settings: Settings, number: int) -> Record:
    return reference("contact", CONTACTS, _contact(settings, number))


def _named_reference(noun: str, where: Place, named: tuple[int, str]) -> Record:
    return reference(noun, where, {"id": named[0], "name": named[1]})


def companies(settings: Settings, where: Place) -> list[Record]:
    """Return the companies, named after trees and trades."""
    return [
        made(
            settings.seed, where, number,
            **{key: value for key, value in _company(number).items() if key != "id"},
            status={"id": 1, "name": "Active"},
            types=[{"id": 1, "name": "Client"}],
            addressLine1=f"{number} Example Street", city="Exampleton", zip=f"{10_000 + number}",
            phoneNumber=f"555-01{number:02}", website="https://www.example.com",
            site={"id": 1, "name": "Main"}, territory={"id": 1, "name": "Corporate"},
            defaultContact=_contact_reference(settings, number),
            deletedFlag=False,
        )
        for number in range(1, COMPANY_COUNT + 1)
    ]  # fmt: skip


def contacts(settings: Settings, where: Place) -> list[Record]:
    """Return the contacts: two for each company."""

    def contact(number: int) -> Record:
        person = _contact(settings, number)
        items = (("Email", f"contact{number}@example.com"), ("Phone", f"555-02{number % 100:02}"))
        return made(
            settings.seed, where, number,
            firstName=person["firstName"], lastName=person["lastName"],
            company=_company_reference((number - 1) % COMPANY_COUNT + 1),
            site={"id": 1, "name": "Main"}, title=person["firstName"], inactiveFlag=False,
            communicationItems=[
                {"id": number * 2 + place, "type": {"id": place + 1, "name": kind},
                 "value": value, "defaultFlag": True, "communicationType": kind}
                for place, (kind, value) in enumerate(items)
            ],
        )  # fmt: skip

    return [contact(number) for number in range(1, 2 * COMPANY_COUNT + 1)]


def tickets(settings: Settings, where: Place) -> list[Record]:
    """Return the service tickets."""

    def ticket(number: int) -> Record:
        def pick(names: tuple[str, ...], what: str) -> tuple[int, str]:
            return draw(tuple(_numbered(names)), settings.seed, what, number)

        board, status = pick(BOARD_NAMES, "board"), pick(STATUSES, "status")
        priority, kind = pick(PRIORITIES, "priority"), pick(TYPES, "type")
        owner = draw(range(1, len(STAFF) + 1), settings.seed, "owner", number)
        company = draw(range(1, COMPANY_COUNT + 1), settings.seed, "company", number)
        return made(
            settings.seed, where, number,
            summary=draw(_SUMMARIES, settings.seed, "summary", number), recordType="ServiceTicket",
            board=_named_reference("board", BOARDS, board),
            status=_named_reference("status", BOARDS.below(str(board[0]), "statuses"), status),
            type=_named_reference("type", BOARDS.below(str(board[0]), "types"), kind),
            priority=_named_reference("priority", PRIORITY, priority),
            company=_company_reference(company), contact=_contact_reference(settings, company),
            owner=staff(owner),
            closedFlag=status[1] == ">Closed", budgetHours=0.0, severity="Medium", impact="Medium",
            dateEntered=moment(settings.seed, where.path, number), customFields=[],
        )  # fmt: skip

    return [ticket(number) for number in range(1, 61)]


def boards(settings: Settings, where: Place) -> list[Record]:
    """Return the service boards."""
    return [
        made(
            settings.seed, where, number, name=name,
            location={"id": 1, "name": "Exampleton"}, department={"id": 1, "name": "Services"},
            inactiveFlag=False, projectFlag=False,
        )
        for number, name in _numbered(BOARD_NAMES)
    ]  # fmt: skip


def agreements(settings: Settings, where: Place) -> list[Record]:
    """Return the agreements."""

    def agreement(number: int) -> Record:
        kind = draw(list(_numbered(AGREEMENT_TYPES)), settings.seed, "agreement", number)
        return made(
            settings.seed, where, number, name=f"{kind[1]} {number}",
            type={"id": kind[0], "name": kind[1]}, company=_company_reference(number),
            contact=_contact_reference(settings, number), agreementStatus="Active",
            billAmount=250.0 * number, cancelledFlag=False, startDate="2026-01-01T00:00:00Z",
        )  # fmt: skip

    return [agreement(number) for number in range(1, 13)]


def time_entries(settings: Settings, where: Place) -> list[Record]:
    """Return the time entries on tickets."""
    return [
        made(
            settings.seed, where, number,
            company=_company_reference((number - 1) % COMPANY_COUNT + 1),
            chargeToId=number, chargeToType="ServiceTicket",
            ticket={"id": number, "summary": draw(_SUMMARIES, settings.seed, "summary", number)},
            member=staff(2),
            timeStart=moment(settings.seed, "start", number),
            actualHours=draw((0.25, 0.5, 1.0, 2.0), settings.seed, "hours", number),
            billableOption="Billable", notes="Worked on the ticket.",
        )
        for number in range(1, 41)
    ]  # fmt: skip


def configurations(settings: Settings, where: Place) -> list[Record]:
    """Return the configurations: the devices of the companies."""

    def configuration(number: int) -> Record:
        kind = draw(list(_numbered(MODELS)), settings.seed, "model", number)
        company = (number - 1) % COMPANY_COUNT + 1
        return made(
            settings.seed, where, number, name=f"{kind[1].upper()[:3]}-{number:03}",
            type={"id": kind[0], "name": kind[1]}, status={"id": 1, "name": "Active"},
            company=_company_reference(company), contact=_contact_reference(settings, company),
            serialNumber=f"SN{number:06}", ipAddress=f"192.0.2.{number}", activeFlag=True,
        )  # fmt: skip

    return [configuration(number) for number in range(1, 46)]
