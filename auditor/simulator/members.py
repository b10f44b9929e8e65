"""Who is in the tenant and what they may do: members, security roles, mySecurity."""

from auditor import roles
from auditor.simulator.places import Place, place
from auditor.simulator.records import Record, made, reference
from auditor.simulator.settings import Settings

ADMIN_ROLE, CALLER_ROLE = 1, 2
STAFF = ("Admin1", "Tech1", "Tech2", "Dispatch1", "Finance1")
CALLER = len(STAFF) + 1
LAST_NAME = "Member"
MEMBERS = place("/system/members")


def role_id(settings: Settings) -> int:
    """Return the id of the caller's security role; a role named Admin is the first one."""
    return ADMIN_ROLE if settings.role.name.casefold() == "admin" else CALLER_ROLE


def security_roles(settings: Settings, where: Place) -> list[Record]:
    """Return the security roles: Admin, and the caller's."""
    names = {ADMIN_ROLE: ("Admin", True)}
    names[role_id(settings)] = (settings.role.name, settings.admin)
    return [
        made(settings.seed, where, number, name=name, adminFlag=admin)
        for number, (name, admin) in names.items()
    ]


def role_settings(settings: Settings, where: Place) -> list[Record]:
    """Return the settings of one security role; a role made later has no rights yet."""
    role = roles.Role("")
    match int(where.path.split("/")[-2]):
        case number if number == role_id(settings):
            role = settings.role
        case number if number == ADMIN_ROLE:
            role = roles.everything(settings.catalogue, "Admin")
    return roles.settings(role, settings.catalogue)


def my_security(settings: Settings, _: Place) -> list[Record]:
    """Return the caller's own matrix."""
    member = reference("member", MEMBERS, caller(settings)[0])
    return [{**row, "member": member} for row in roles.settings(settings.role, settings.catalogue)]


def customize_items(settings: Settings, _: Place) -> list[Record]:
    """Return the Table Setup items the caller may use."""
    return [
        {"id": number, **item}
        for number, item in enumerate(roles.customize_items(settings.role, settings.catalogue), 1)
    ]


def setup_screens(settings: Settings, where: Place) -> list[Record]:
    """Return the screens of Table Setup, each with the module it stands under."""
    items = (item.partition(" / ") for item in sorted(settings.catalogue.items))
    return [
        made(settings.seed, where, number, module=module, name=screen)
        for number, (module, _, screen) in enumerate(items, 1)
    ]


def staff(number: int) -> Record:
    """Return one of the staff as tickets and time entries refer to it."""
    name = STAFF[number - 1]
    person = {"id": number, "identifier": name, "firstName": name, "lastName": LAST_NAME}
    return reference("member", MEMBERS, person)


def _member(settings: Settings, where: Place, number: int, name: str) -> Record:
    is_caller = number == CALLER
    role = (role_id(settings), settings.role.name) if is_caller else (ADMIN_ROLE, "Admin")
    return made(
        settings.seed, where, number, identifier=name, firstName=name, lastName=LAST_NAME,
        officeEmail=f"{name.lower()}@example.com", licenseClass="A" if is_caller else "F",
        securityRole={"id": role[0], "name": role[1]}, adminFlag=settings.admin and is_caller,
        inactiveFlag=False, defaultEmail="Office", defaultPhone="Office",
        agreementInvoicingDisplayOptions="RemainOnInvoicingScreen",
        invoicingDisplayOptions="RemainOnInvoicingScreen",
        invoiceScreenDefaultTabFormat="ShowInvoicingTab",
    )  # fmt: skip


def members(settings: Settings, where: Place) -> list[Record]:
    """Return the members."""
    names = (*STAFF, settings.member)
    return [_member(settings, where, number, name) for number, name in enumerate(names, 1)]


def caller(settings: Settings, where: Place = MEMBERS) -> list[Record]:
    """Return the one API member that the keys belong to."""
    return [_member(settings, where, CALLER, settings.member)]
