"""The HTML report: one page that shows all of the model, and nothing that text brings along."""

import base64
import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable

import pytest

from auditor.rights import Verb
from auditor.schema import Report, SkipPart, SourcePart
from auditor.writers import FORMATS, html
from auditor.writers.html_text import LONGEST, address, clean, ids
from tests.reports import action, finding, full_report, report, request, right
from tests.writers.html_samples import HOSTILE, everything, hostile_report
from tests.writers.page import Node, read


def page(shown: Report) -> Node:
    return read(html.render(shown))


def ids_of(root: Node, prefix: str = "") -> list[str]:
    found = [node.attributes["id"] for node in root.all() if "id" in node.attributes]
    return [name for name in found if name.startswith(prefix)]


def test_html_is_a_format_with_a_file_of_its_own() -> None:
    """`--format html` writes report.html."""
    assert FORMATS["html"] == ("auditor.writers.html", "report.html")


def test_the_same_report_gives_the_same_bytes() -> None:
    """Neither the time of writing nor chance is in the page."""
    assert html.render(everything()) == html.render(everything())


def test_the_cover_says_verdict_counts_and_origin_first() -> None:
    """Whose role, what came of it, and who may read this stand before anything else."""
    shown = everything()
    cover = page(shown).one("header")
    for text in (
        "Internal.", "The headline.", "acme", "https://psa.example", "2025.16", "INTERRUPTED",
        "2026-11-24T08:00:00Z", "2026-11-24T08:01:40Z", "rewst-documented, mine",
    ):  # fmt: skip
        assert text in cover.text
    assert cover.text.index("The headline.") < cover.text.index("Rights")


@pytest.mark.parametrize(
    ("share", "word"), [("internal", "Internal."), ("vendor", "vendor"), ("public", "Public.")]
)
def test_the_class_of_the_report_is_on_the_cover(share: str, word: str) -> None:
    """A report says who may read it."""
    root = page(full_report().model_copy(update={"share": share}))
    assert word in root.one("p", class_="class").text


@pytest.mark.parametrize("stopped", ["safety", "credentials", "throttled", "interrupted",
                                     "unfinished"])  # fmt: skip
def test_a_run_that_ended_early_is_never_green(stopped: str) -> None:
    """Whatever ended the run stands above the headline, which does not look good then."""
    root = page(report(rights=(right(),), stopped=stopped))
    notice, headline = (
        node for node in root.one("header").all("p") if "verdict" in node.attributes["class"]
    )
    assert notice.text.split()[1].isupper()
    assert "good" not in headline.attributes["class"]


def test_a_headline_is_green_only_with_granted_rights() -> None:
    """Nothing known is not good news, and neither is a refused action."""
    looks = [
        page(shown).one("p", id="verdict").attributes["class"]
        for shown in (
            report(rights=(right(),)),
            report(),
            report(rights=(right(),), actions=(action(),)),
            report(rights=(right(state="undecided"),)),
            report(rights=(right(state="level_too_low"),)),
        )
    ]
    assert looks == ["verdict good", "verdict none", "verdict open", "verdict open", "verdict bad"]


def test_counts_are_those_of_the_model() -> None:
    """The numbers on the cover are the report's own."""
    shown = everything()
    root = page(shown)
    cover = root.one("header")
    numbers = {
        node.one("span", class_="word").text[2:]: int(node.one("span", class_="number").text)
        for node in cover.all("li")
    }
    outlooks = Counter(part.outlook for part in shown.actions)
    states = {name.replace("_", " "): value for name, value in shown.counts.rights}
    assert numbers == states | {
        "fail": outlooks["fails"], "open": outlooks["open"], "work": outlooks["works"]
    }  # fmt: skip
    assert "1 allowed, 1 denied, 1 undecided, 1 not tested" in cover.text


@pytest.mark.parametrize("make", [full_report, everything, report])
def test_ids_are_unique_and_every_inner_link_leads_somewhere(make: Callable[[], Report]) -> None:
    """A deep link has one target, and no link leads nowhere."""
    root = page(make())
    found = ids_of(root)
    assert len(found) == len(set(found))
    for link in root.all("a"):
        if link.attributes["href"].startswith("#"):
            assert link.attributes["href"][1:] in found
    for name in ("aria-labelledby", "for"):
        for node in root.all():
            assert set(node.attributes.get(name, "").split()) <= set(found)


def test_every_right_action_and_request_is_there_once() -> None:
    """Everything in the model has a place of its own that can be linked to."""
    shown = everything()
    root = page(shown)
    assert sorted(ids_of(root, "right-")) == sorted(
        ids("right", (part.id for part in shown.rights))
    )
    assert ids_of(root, "action-") == list(
        ids("action", (f"{part.category}/{part.action}" for part in shown.actions))
    )
    assert ids_of(root, "request-") == ["request-p0001", "request-p0002"]
    for part in shown.rights:
        for message in (part.reason, part.harm):
            assert message in root.text


def test_every_finding_is_shown() -> None:
    """No finding falls between the sections, whatever its rule."""
    rights = (right(), right(verb="Edit", state="missing"))
    findings = tuple(
        finding(part, rule, fix=f"fix {number}.").model_copy(update={"message": f"said {number}."})
        for number, (part, rule) in enumerate(
            (part, rule)
            for part in (*rights, None)
            for rule in ("missing-right", "conflict", "admin-role", "exception-expired", "new-rule")
        )
    )
    text = page(report(rights=rights, findings=findings)).text
    for item in findings:
        if item.rule != "missing-right" or item.verb is None:
            assert item.message in text
        assert item.fix in text or item.verb == "Add"


def test_the_to_do_list_names_box_level_path_and_evidence() -> None:
    """Whoever sits before the role screen finds what to click and why, in the screen's order."""
    part = right("Table Setup", "missing", module="System", table="Service / SLA", needed="All")
    other = right(verb="Delete", state="level_too_low", needed="All", declared="My")
    shown = report(
        rights=(other, part),
        findings=(finding(part, "table-not-allowed", "Customize: allow it"),
                  finding(other, "level-too-low", "set it to All")),
        actions=(action(),),
        requests=(request(),),
    )  # fmt: skip
    section = page(shown).one("section", id="next")
    cards = list(section.all("li", class_="card low-edge")) + list(
        section.all("li", class_="card bad-edge")
    )
    assert [card.one("h4").text for card in cards] == [
        "☐ Service Tickets ›: Delete set to All ↑ level too low",
        "☐ Table Setup ›: Add (Service / SLA) allow the table ✗ table not allowed",
    ]
    assert "Customize: allow it" in cards[1].text
    assert "Breaks 1 action: Tickets/Create Service Ticket" in cards[1].text
    assert "Basis: vendor" in cards[1].text
    assert "POST /service/tickets → 403 Security" in cards[1].text
    links = {link.attributes["href"] for link in cards[1].all("a")}
    assert {"#request-p0001", "#action-tickets-create-service-ticket"} <= links


def test_the_matrix_is_a_table_that_can_be_read_aloud() -> None:
    """Every cell has row and column headers, a word and a symbol; setup tables are own rows."""
    table = page(everything()).one("table", class_="matrix")
    assert table.one("caption").text
    assert [node.text for node in table.one("thead").all("th", scope="col")] == [
        "Permission", *Verb,
    ]  # fmt: skip
    rows = {row.one("th").text: row for row in table.all("tr") if list(row.all("td"))}
    cells = {name: [cell.text for cell in row.all("td")] for name, row in rows.items()}
    assert cells["Service Tickets"] == [
        "✓ granted proved · needs All", "✗ missing level not stated",
        "? undecided leaning granted · level not stated", "– not needed",
    ]  # fmt: skip
    assert cells["Table SetupService / Service Board"][0] == "✗ missing needs All"
    assert cells["Merge Tickets"][0] == "+ excess has All · not needed"
    assert cells["Agreements"][0] == "✗ missing needs All, accepted"
    modules = [node.text for node in table.all("th", scope="rowgroup")]
    assert modules == ["Service Desk", "Finance"]
    assert all(node.attributes["scope"] == "row" for row in rows.values() for node in row.all("th"))


def test_what_only_the_settings_say_looks_different() -> None:
    """A green that no answer proves is told apart by word and by look."""
    parts = (right(grade="declared"), right(verb="Edit", grade="proved"))
    cells = [
        (cell.attributes["class"], cell.text)
        for cell in page(report(rights=parts)).one("table", class_="matrix").all("td")
    ]
    assert cells[:2] == [
        ("said", "✓ granted declared · needs All"), ("good", "✓ granted proved · needs All")
    ]  # fmt: skip


def test_an_action_leads_to_its_rights_and_its_request() -> None:
    """From an action one click leads to what it lacks and to the answer that shows it."""
    root = page(full_report())
    item = root.one("li", id="action-tickets-create-service-ticket")
    assert item.attributes["data-outlook"] == "fails"
    assert item.attributes["data-verdict"] == "denied"
    links = {link.attributes["href"] for link in item.all("a")}
    assert links == {"#right-service-desk-service-tickets-add", "#request-p0001"}
    assert "403 Security No." in item.text
    assert "Close Service Tickets:Edit if it is closed" in item.text


def test_undecided_says_what_would_settle_it() -> None:
    """Every undecided right comes with the click path and the remedies of its actions."""
    section = page(full_report()).one("section", id="undecided")
    assert "fix Service Desk/Service Tickets:Delete" in section.text
    assert "the remedy" in section.text


def test_how_it_was_tested_can_be_checked() -> None:
    """Plan, settings, calibration, requests with reasons, and what was never sent are there."""
    root = page(everything())
    text = root.text
    for said in (
        "cd34", "/system/mySecurity", "A name", "Harmless: the empty body fails validation.",
        "it acts without an id", "POST /x", "not sent", "Source One", "Exit code",
    ):  # fmt: skip
        assert said in text
    rows = root.one("table", class_="orders").one("tbody").all("tr")
    cells = [[cell.text for cell in row.all("td")] for row in rows]
    assert cells == [["yes", "NO", "p0001", "–"], ["unknown", "unknown", "–", "–"]]


@pytest.mark.parametrize(
    ("url", "is_link"),
    [
        ("https://one.example/a?b=c#d", True),
        ("http://one.example", False),
        ("javascript:alert(1)", False),
        ("https://user@one.example", False),
        ("https://one.example/ two", False),
        ("https:///path", False),
        ("https://[one", False),
        ("HTTPS://one.example", False),
        ("https://one.example/\u202e", False),
        ("https://" + "x" * LONGEST, False),
        ("", False),
    ],
)
def test_only_plain_https_becomes_a_link(url: str, is_link: bool) -> None:
    """Any other address is shown as text; a link gives away nothing of the page."""
    assert bool(address(url)) is is_link
    shown = report(sources=(SourcePart(id="one", title="One", url=url),))
    links = [a for a in page(shown).all("a") if not a.attributes["href"].startswith("#")]
    assert [link.attributes for link in links] == (
        [{"href": url, "rel": "noreferrer noopener"}] if is_link else []
    )


def test_the_policy_names_the_inline_blocks_and_no_network() -> None:
    """The browser runs the page's own script and style, and fetches nothing."""
    root = page(everything())
    policy = root.one("meta", http_equiv="Content-Security-Policy").attributes["content"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    style, script = root.one("style"), root.one("script")
    assert directives == {
        "default-src": "'none'",
        "style-src": digest(style),
        "script-src": digest(script),
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def digest(block: Node) -> str:
    (text,) = block.inside
    assert isinstance(text, str)
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_nothing_is_fetched_and_nothing_is_inline_beside_the_two_blocks() -> None:
    """No element names an outside file; no attribute holds script or style."""
    content = html.render(everything()).decode()
    root = read(content.encode())
    for node in root.all():
        assert node.tag not in {"img", "iframe", "object", "embed", "base", "video", "audio"}
        assert not [name for name in node.attributes if name == "style" or name.startswith("on")]
        assert "src" not in node.attributes
        if node.tag == "link":
            assert node.attributes["href"] == "data:,"
    assert "url(" not in content
    assert "@import" not in content


@pytest.mark.parametrize("text", HOSTILE, ids=[repr(text[:12]) for text in HOSTILE])
def test_text_stays_text(text: str) -> None:
    """Whatever a tenant writes adds no element, no link and no odd character to the page."""
    content = html.render(hostile_report(text))
    root, usual = read(content), read(html.render(hostile_report("plain")))

    def shape(node: Node) -> Counter[str]:
        return Counter(item.tag for item in node.all() if item.tag != "bdi")

    if text.strip():
        assert shape(root) == shape(usual)
    assert all(link.attributes["href"].startswith("#") for link in root.all("a"))
    found = ids_of(root)
    assert len(found) == len(set(found))
    assert all(re.fullmatch(r"[a-z0-9-]{1,100}", name) for name in found)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]",
                         content.decode("utf-8"))  # fmt: skip


def test_text_of_the_tenant_is_isolated_from_the_words_around_it() -> None:
    """A name that is written from right to left does not turn the sentence it stands in."""
    root = page(hostile_report("שלום"))
    inside = sum(node.text.count("שלום") for node in root.all("bdi"))
    outside = [*root.all("title"), *root.all("option")]  # no markup there
    assert inside + sum(node.text.count("שלום") for node in outside) == root.text.count("שלום")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[1m\x00b", "a�[1m�b"),
        ("a\ud800b", "a�b"),
        ("\u202eabc\u200f", "�abc�"),
        ("é 👩\u200d💻 שלום\n\t", "é 👩\u200d💻 שלום\n\t"),
    ],
)
def test_unfit_characters_are_replaced(text: str, shown: str) -> None:
    """Controls, halves of pairs and turners of direction show as U+FFFD; writing stays."""
    assert clean(text) == shown


def test_long_text_is_cut_and_says_so() -> None:
    """One field of 40,000 characters does not bury the report."""
    shown = clean("x" * 40_000)
    assert isinstance(shown, str)
    assert len(shown) < LONGEST + 100
    assert "40000 characters" in shown


def test_ids_never_meet() -> None:
    """Names that differ only in what an id cannot hold still get ids of their own."""
    assert ids("right", ["A/B", "a b", "a-b-2", "", "!", "x" * 200]) == (
        "right-a-b", "right-a-b-2", "right-a-b-2-2", "right-unnamed", "right-unnamed-2",
        f"right-{'x' * 80}",
    )  # fmt: skip


def test_an_empty_report_says_that_nothing_was_decided() -> None:
    """Nothing asked for is not the same as nothing missing."""
    root = page(report())
    assert "nothing was decided" in root.one("section", id="next").text
    assert "No action was selected." in root.text


def test_the_page_agrees_with_the_data() -> None:
    """Page and report.json hold the same rights in the same states."""
    shown = everything()
    data = json.loads(shown.model_dump_json(by_alias=True))
    root = page(shown)
    cells = Counter(
        re.sub(r"^\S+ ", "", node.one("span", class_="state").text)
        for node in root.one("table", class_="matrix").all("td")
        if list(node.all("a"))
    )
    assert cells == Counter(part["state"].replace("_", " ") for part in data["rights"])


def test_thousands_of_actions_are_all_listed() -> None:
    """The page leaves nothing out, however much there is."""
    actions = tuple(action(f"Action {number}") for number in range(3111))
    root = page(report(actions=actions, skipped=(SkipPart(id="POST /x", reason="why"),)))
    assert len(list(root.one(id="all-actions").all("li", data_verdict="denied"))) == 3111
