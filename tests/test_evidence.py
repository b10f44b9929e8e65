"""What the member's settings say: read where allowed, missed where not, never believed too far."""

import asyncio
import json
from pathlib import Path

import pytest

from auditor import audit, journal, role_files
from auditor.catalogue import Catalogue
from auditor.errors import InputError
from auditor.evidence import declared_by, member_of, of_role
from auditor.plan import build
from auditor.profiles import select
from auditor.rights import Level, Right, Verb
from auditor.roles import from_settings
from tests.psa import SECURITY, Call, Psa, Reply, serving, usual

TICKETS = Right("Service Desk", "Service Tickets", Verb.EDIT)


def row(module: str, permission: str, **levels: str | None) -> dict[str, object]:
    fields = {f"{verb}Level": None for verb in ("add", "edit", "delete", "inquire")}
    stated = {f"{verb}Level": level for verb, level in levels.items()}
    return {"moduleName": module, "moduleFunctionName": permission, **fields, **stated}


def settings_of(psa: Psa, tmp_path: Path, catalogue: Catalogue) -> journal.Record:
    plan = build(select(catalogue, actions=("Tickets/Update Service Ticket",)), catalogue)
    asyncio.run(audit.audit(plan, psa.session(), tmp_path / "j", catalogue))
    return journal.read(tmp_path / "j")


def test_the_settings_are_read_and_kept_in_the_journal(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    """Levels, allowed items and the admin flag are kept; names nobody knows are listed."""

    def behave(call: Call) -> Reply:
        match call.path if call.is_signed else "":
            case "/system/mySecurity":
                unknown = row("Service Desk", "Time Travel\x1b[31m", edit="All")
                return Reply(
                    200, [row("Service Desk", "service ticket", edit="All", add="My"), unknown]
                )
            case "/system/mySecurity/customizeItems/":
                return Reply(200, [{"customizeIdentifier": "SystemTableSetup",
                                    "itemIdentifier": "Service / SLA"}])  # fmt: skip
            case "/system/myMembers":
                return Reply(200, {"id": 7, "adminFlag": False, "licenseClass": "A"})
        return usual(call)

    with serving(behave) as psa:
        record = settings_of(psa, tmp_path, catalogue)
    declared = declared_by(record.settings, catalogue)
    assert declared is not None
    assert declared.of(TICKETS) is Level.ALL
    assert declared.of(Right("Service Desk", "Service Tickets", Verb.DELETE)) is None
    assert declared.item("Service / SLA") is True
    assert declared.item("Service / Service Board") is False
    assert declared.is_admin is False
    assert declared.unmatched == ("Service Desk/Time Travel [31m",)
    report = audit.report_of(tmp_path / "j", catalogue)
    assert report.settings[0].permissions == 1
    assert [finding.rule for finding in report.findings].count("unknown-permission") == 1


@pytest.mark.parametrize(
    "reply",
    [
        Reply(403, SECURITY), Reply(404, {"code": "NotFound"}), Reply(500), Reply(200, {}),
        Reply(200, [{}]), Reply(200, b"<html>", {"Content-Type": "text/html"}),
        Reply(200, [{"code": "Security", "message": "No."}]), Reply(200, [1, "x", None]),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_not_taken_for_none(
    tmp_path: Path, catalogue: Catalogue, reply: Reply
) -> None:
    """A refused, odd or empty source states nothing: the audit goes on without it and says so."""

    def behave(call: Call) -> Reply:
        is_meant = call.is_signed and call.path.startswith(("/system/my", "/system/setup"))
        return reply if is_meant and call.path != "/system/myMembers/info" else usual(call)

    with serving(behave) as psa:
        record = settings_of(psa, tmp_path, catalogue)
    declared = declared_by(record.settings, catalogue)
    assert declared is None or declared.of(TICKETS) is None
    report = audit.report_of(tmp_path / "j", catalogue)
    assert report.counts.rights.missing == 0
    assert all(item.answer for item in report.settings)


def test_the_role_behind_the_member_is_asked_where_its_own_matrix_is_closed(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    """mySecurity refused, but the role's settings may be read: then they are the evidence."""

    def behave(call: Call) -> Reply:
        match call.path if call.is_signed else "":
            case "/system/mySecurity":
                return Reply(403, SECURITY)
            case "/system/myMembers":
                return Reply(200, {"id": 7, "securityRole": {"id": 63, "name": "Rewst"}})
            case "/system/securityRoles/63/settings":
                return Reply(200, [row("Service Desk", "Service Tickets", edit="My")])
        return usual(call)

    with serving(behave) as psa:
        record = settings_of(psa, tmp_path, catalogue)
    declared = declared_by(record.settings, catalogue)
    assert declared is not None
    assert declared.of(TICKETS) is Level.MY
    assert declared.source == "/system/securityRoles/{id}/settings"


def test_a_role_file_is_a_witness_and_the_psa_is_not_asked(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    """With --role the settings come from the file; a 404 then is declared, not proved."""
    path = tmp_path / "role.csv"
    path.write_text(
        "Module,Permission,Add,Edit,Delete,Inquire\nService Desk,Service Tickets,,All,,All\n"
    )
    role = role_files.load(path, catalogue)
    plan = build(select(catalogue, actions=("Tickets/Update Service Ticket",)), catalogue)
    with serving() as psa:
        asyncio.run(audit.audit(plan, psa.session(), tmp_path / "j", catalogue, role=role))
        assert not [call for call in psa.calls if "mySecurity" in call.path]
    (right,) = audit.report_of(tmp_path / "j", catalogue).needed
    assert (right.state, right.grade, right.declared) == ("granted", "declared", "All")


def test_two_rows_that_differ_state_nothing(catalogue: Catalogue) -> None:
    """Nothing is granted or missing on a doubtful reading, and the doubt is listed."""
    rows = [row("Finance", "Agreements", edit="All"), row("finance", "Agreement", edit="My")]
    levels, unmatched = from_settings(rows, catalogue)
    assert ("Finance", "Agreements", Verb.EDIT) not in levels
    assert unmatched == ("Finance/Agreements (stated twice)",)
    same = [row("Finance", "Agreements", edit="All"), row("finance", "Agreement", edit="All")]
    assert from_settings(same, catalogue)[0]["Finance", "Agreements", Verb.EDIT] is Level.ALL


@pytest.mark.parametrize(
    "record",
    [[], [{}], [{"securityRole": "x", "adminFlag": "yes", "licenseClass": {"a": 1}}], ["x"],
     [{"securityRole": {"id": -1}}], [{"securityRole": {"id": True}}]],
)  # fmt: skip
def test_an_odd_member_record_says_nothing(record: list[object]) -> None:
    """No flag and no id is taken from what does not look like one."""
    member = member_of(record)
    assert (member.role_id, member.is_admin, member.licence_class) == (None, None, "")


FORMS = {
    "role.csv": "Module,Permission,Add,Edit,Delete,Inquire,Customize\n"
                "System,Table Setup,None,None,None,All,Service / SLA; Service / Source\n"
                "finance,AGREEMENT,My,,,All,\nSystem,Warp Drive,All,,,,\n",
    "semicolons.csv": "\ufeffPermission;Module;Inquire;Delete;Edit;Add;Customize\n"
                      'Table Setup;System;All;;;None;"Service / SLA; Service / Source"\n'
                      "Agreements;Finance;All;;;My;\nWarp Drive;System;;;;All;\n",
    "role.json": json.dumps({
        "name": "x",
        "settings": [
            row("System", "Table Setup", inquire="All", add="None"),
            row("Finance", "Agreements", inquire="All", add="My"),
            row("System", "Warp Drive", add="All"),
        ],
        "customizeItems": [
            {"customizeIdentifier": "SystemTableSetup", "itemIdentifier": "Service / SLA"},
            {"customizeIdentifier": "SystemTableSetup", "itemIdentifier": "Service / Source"},
            {"customizeIdentifier": "FinanceAgreements", "itemIdentifier": "x"},
        ],
    }),
}  # fmt: skip


@pytest.mark.parametrize("name", ["role.csv", "semicolons.csv", "role.json", "role.xlsx"])
def test_a_role_file_says_the_same_in_every_form(
    tmp_path: Path, catalogue: Catalogue, name: str
) -> None:
    """JSON, CSV and XLSX give the same role; unknown names are listed, never dropped."""
    path = tmp_path / name
    if name.endswith("xlsx"):
        from openpyxl import Workbook

        book = Workbook()
        sheet = book.active
        assert sheet is not None
        for line in FORMS["role.csv"].splitlines():
            sheet.append(line.split(","))
        book.save(path)
    else:
        path.write_text(FORMS[name], encoding="utf-8")
    role = role_files.load(path, catalogue)
    assert role.level("System", "Table Setup", Verb.INQUIRE) is Level.ALL
    assert role.level("Finance", "Agreements", Verb.ADD) is Level.MY
    assert role.level("Finance", "Agreements", Verb.INQUIRE) is Level.ALL
    assert role.tables == frozenset({"Service / SLA", "Service / Source"})
    assert role.unmatched == ("System/Warp Drive",)
    declared = declared_by([of_role(role, "file", catalogue)], catalogue)
    assert declared is not None
    assert declared.of(Right("Finance", "Invoicing", Verb.ADD)) is None


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("r.csv", "Module,Permission,Add,Edit,Delete,Inquire\nFinance,Agreements,Some,,,\n",
         "'Some' is not a level"),
        ("r.csv", "a,b\n1,2\n", "no permission"),
        ("r.csv", "", "no permission"),
        ("r.json", "{", "is not JSON"),
        ("r.json", "[" * 100_000, "is not JSON"),
        ("r.json", "{}", "no list of settings"),
        ("r.json", "[]", "no list of settings"),
        ("r.xlsx", "x", "neither an XLSX workbook"),
    ],
)  # fmt: skip
def test_a_bad_role_file_is_a_clear_error(
    tmp_path: Path, catalogue: Catalogue, name: str, text: str, message: str
) -> None:
    """What is wrong and where; a file that says nothing is not an empty role."""
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        role_files.load(path, catalogue)
    with pytest.raises(InputError, match="cannot be read"):
        role_files.load(tmp_path / "missing.json", catalogue)


def test_a_customize_list_in_other_words_takes_nothing_away(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    """Identifiers instead of the screen's names: the list is listed as unknown, and no red."""

    def behave(call: Call) -> Reply:
        match call.path if call.is_signed else "":
            case "/system/mySecurity":
                return Reply(200, [row("System", "Table Setup", inquire="All")])
            case "/system/mySecurity/customizeItems/":
                return Reply(200, [{"customizeIdentifier": "SystemTableSetup",
                                    "itemIdentifier": "SRBoard"}])  # fmt: skip
            case "/service/boards":
                return Reply(403, b"<html>", {"Content-Type": "text/html"})
        return usual(call)

    plan = build(select(catalogue, actions=("Boards/List Service Boards",)), catalogue)
    with serving(behave) as psa:
        asyncio.run(audit.audit(plan, psa.session(), tmp_path / "j", catalogue))
    report = audit.report_of(tmp_path / "j", catalogue)
    assert [right.state for right in report.needed] == ["undecided"]
    assert any("SRBoard" in finding.message for finding in report.findings)


def test_half_read_settings_make_no_administrator(tmp_path: Path, catalogue: Catalogue) -> None:
    """One box at All is not every box at All."""

    def behave(call: Call) -> Reply:
        if call.is_signed and call.path == "/system/mySecurity":
            return Reply(200, [row("Service Desk", "Service Tickets", inquire="All")])
        return usual(call)

    with serving(behave) as psa:
        settings_of(psa, tmp_path, catalogue)
    rules = {finding.rule for finding in audit.report_of(tmp_path / "j", catalogue).findings}
    assert "admin-role" not in rules
