"""The HTML report in a real browser: reading, searching, printing, and nothing leaves."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from auditor.schema import Report
from auditor.writers import html
from tests.browser.conftest import Opener
from tests.reports import action, full_report, report, request, right
from tests.writers.html_samples import HOSTILE, everything, hostile_report

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

SERIOUS = {"serious", "critical"}


def mixed() -> Report:
    """Build actions of two categories with every outlook and verdict."""
    verdicts = ("allowed", "denied", "undecided", "not_tested")
    outlooks = {"allowed": "works", "denied": "fails", "undecided": "open", "not_tested": "open"}
    return report(
        rights=(right(state="missing"),),
        requests=(request(),),
        actions=tuple(
            action(f"{verdict} one", category=category, verdict=verdict, outlook=outlooks[verdict])
            for category in ("Tickets", 'Boards & "more"')
            for verdict in verdicts
        ),
    )


def shown(page: Page) -> int:
    return page.locator("#all-actions li[data-verdict]:visible").count()


def said(page: Page) -> str:
    return page.locator("#filter-count").inner_text()


def waited(page: Page, text: str) -> None:
    page.wait_for_function(
        "text => document.getElementById('filter-count').value === text", arg=text
    )


@pytest.mark.parametrize("make", [full_report, everything, report, mixed])
def test_the_page_asks_for_nothing_and_complains_of_nothing(make: Any, visit: Opener) -> None:
    """Opened from a file, the page works alone, under its own security policy."""
    opened = visit(html.render(make()))
    opened.page.locator("#tested").scroll_into_view_if_needed()
    assert (opened.refused, opened.complaints) == ([], [])


@pytest.mark.parametrize("text", HOSTILE, ids=[repr(text[:12]) for text in HOSTILE])
def test_hostile_text_does_nothing(text: str, visit: Opener) -> None:
    """What a tenant wrote is read; it neither runs, nor fetches, nor breaks the page's width."""
    opened = visit(html.render(hostile_report(text)))
    assert (opened.refused, opened.complaints) == ([], [])
    assert opened.page.locator("h1").count() == 1
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_the_policy_stops_whatever_would_reach_out(visit: Opener) -> None:
    """Even a script in the page could fetch nothing and add no style: the policy forbids it."""
    page = visit(html.render(full_report())).page
    refused = page.evaluate(
        """async () => {
            const seen = [];
            addEventListener('securitypolicyviolation', e => seen.push(e.effectiveDirective));
            await fetch('https://one.example').catch(() => 0);
            const picture = new Image();
            picture.src = 'https://one.example/x.png';
            const frame = document.createElement('iframe');
            frame.src = 'https://one.example';
            const script = document.createElement('script');
            script.textContent = 'window.broken = 1';
            document.body.append(picture, frame, script);
            await new Promise(done => setTimeout(done, 300));
            return [...new Set(seen)].sort().concat(window.broken === undefined);
        }"""
    )
    assert refused == ["connect-src", "frame-src", "img-src", "script-src-elem", True]


def test_search_shows_what_holds_every_word(visit: Opener) -> None:
    """Search looks at everything an action shows, in any case, and says how much is left."""
    page = visit(html.render(mixed())).page
    assert (shown(page), said(page)) == (8, "8 of 8 actions")
    page.get_by_label("Search").fill("  BOARDS   denied ONE ")
    waited(page, "1 of 8 actions")
    assert shown(page) == 1
    assert page.locator("#all-actions h3:visible").count() == 1
    page.get_by_label("Search").fill("no such thing")
    waited(page, "0 of 8 actions")
    assert page.get_by_text("No action fits these filters.").is_visible()
    page.get_by_role("button", name="Clear").click()
    waited(page, "8 of 8 actions")
    assert shown(page) == 8


@pytest.mark.parametrize(
    ("chosen", "count"),
    [
        ({"Outlook": "fails"}, 2),
        ({"Outlook": "open"}, 4),
        ({"Own request": "not_tested"}, 2),
        ({"Category": "2"}, 4),
        ({"Category": "1", "Own request": "denied"}, 1),
        ({"Outlook": "works", "Own request": "denied"}, 0),
    ],
)
def test_filters_work_together(chosen: dict[str, str], count: int, visit: Opener) -> None:
    """Each filter narrows what the others leave."""
    page = visit(html.render(mixed())).page
    for label, value in chosen.items():
        page.get_by_label(label, exact=True).select_option(value)
    waited(page, f"{count} of 8 actions")
    assert shown(page) == count


@pytest.mark.parametrize(
    "name",
    [
        "right-service-desk-service-tickets-add",
        "right-service-desk-service-tickets-edit",
        "right-service-desk-merge-tickets-add",
        "action-tickets-create-service-ticket",
        "request-p0001",
    ],
)
def test_a_deep_link_opens_its_target(name: str, visit: Opener) -> None:
    """A link from a ticket or a mail lands on the item, opened and in view."""
    page = visit(html.render(full_report()), f"#{name}").page
    target = page.locator(f"#{name}")
    box = target.bounding_box()
    assert box
    assert -1 <= box["y"] < 900
    assert page.evaluate("document.activeElement.id") == name
    for details in target.locator("> details").all():
        assert details.get_attribute("open") is not None


def test_a_link_to_what_a_filter_hides_shows_it(visit: Opener) -> None:
    """A link never leads to something invisible."""
    page = visit(html.render(full_report())).page
    page.get_by_label("Search").fill("search")
    waited(page, "1 of 4 actions")
    page.locator("#next a", has_text="Tickets/Create Service Ticket").first.click()
    assert page.locator("#action-tickets-create-service-ticket").is_visible()
    assert said(page) == "4 of 4 actions"


@pytest.mark.parametrize("anchor", ["#%E0%A4%A", "#nothing", "#", "#__proto__", "#main"])
def test_an_odd_link_breaks_nothing(anchor: str, visit: Opener) -> None:
    """An address with a wrong or unreadable anchor shows the whole report."""
    opened = visit(html.render(full_report()), anchor)
    assert opened.complaints == []
    assert shown(opened.page) == 4


def test_the_page_can_be_used_by_keyboard_alone(visit: Opener) -> None:
    """The first stop skips the contents; details open by key; the focus can be seen."""
    page = visit(html.render(full_report())).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the report"
    assert page.locator(".skip").bounding_box()["x"] >= 0  # type: ignore[index]
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    summary = page.locator("#action-tickets-search summary")
    summary.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    assert page.locator("#action-tickets-search dl").is_visible()


def test_without_scripts_everything_is_there(visit: Opener) -> None:
    """With JavaScript off nothing is hidden but the filters, and details still open."""
    page = visit(html.render(full_report()), is_scripted=False).page
    assert page.locator("#filters").is_hidden()
    assert shown(page) == 4
    page.locator("#action-tickets-search summary").click()
    assert page.locator("#action-tickets-search dl").is_visible()


@pytest.mark.parametrize(("paper", "size"), [("A4", (595, 842)), ("Letter", (612, 792))])
def test_it_prints_on_paper(paper: str, size: tuple[int, int], visit: Opener) -> None:
    """The report prints on A4 and on Letter, on more than one page."""
    page = visit(html.render(full_report())).page
    content = page.pdf(format=paper, print_background=True)
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", content)
    assert len(boxes) > 1
    for box in boxes:
        assert tuple(map(float, box)) == pytest.approx(size, abs=1)


def test_paper_has_no_controls_and_hides_nothing(visit: Opener) -> None:
    """Printed after filtering, every action is there; details of what does not work are open."""
    page = visit(html.render(mixed())).page
    page.get_by_label("Search").fill("denied")
    waited(page, "2 of 8 actions")
    page.emulate_media(media="print")
    assert page.locator("#filters").is_hidden()
    assert page.locator("nav").is_hidden()
    assert shown(page) == 8
    open_details = page.evaluate(
        "[...document.querySelectorAll('details dl')].filter("
        "node => node.checkVisibility({contentVisibilityAuto: true})).length"
    )
    assert open_details == 7  # one missing right, six actions that do not work
    assert page.evaluate(
        "getComputedStyle(document.querySelector('.matrix thead')).display"
    ) == "table-header-group"  # fmt: skip


def test_printing_opens_details_and_closes_them_again(visit: Opener) -> None:
    """Browsers that cannot open details by style alone get them opened for the time of printing."""
    page = visit(html.render(mixed())).page
    count = "document.querySelectorAll('details[open]').length"
    before = page.evaluate(count)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(count) == before + 7
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(count) == before


def test_dark_is_dark(visit: Opener) -> None:
    """The page follows the reader's colour scheme."""
    content = html.render(full_report())
    light, dark = (visit(content, scheme=name).page for name in ("light", "dark"))
    ground = "getComputedStyle(document.body).backgroundColor"
    assert light.evaluate(ground) == "rgb(255, 255, 255)"
    assert dark.evaluate(ground) == "rgb(16, 21, 29)"
    assert light.screenshot() != dark.screenshot()


@pytest.mark.parametrize("make", [everything, lambda: hostile_report("x" * 40_000)])
def test_a_telephone_needs_no_sideways_scrolling(make: Any, visit: Opener) -> None:
    """At 390 pixels only tables scroll, each in its own frame."""
    page = visit(html.render(make()), size=(390, 844)).page
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_thousands_of_actions_can_be_filtered(visit: Opener) -> None:
    """The whole API in one report is searched like a small one."""
    many = report(
        actions=tuple(
            action(f"Action {number}", category=f"Category {number // 50}", outlook="works")
            for number in range(3111)
        )
    )
    page = visit(html.render(many)).page
    waited(page, "3111 of 3111 actions")
    page.get_by_label("Search").fill("action 310")
    waited(page, "13 of 3111 actions")  # 310, 1310, 2310, and 3100 to 3109
    assert shown(page) == 13
    page.get_by_role("button", name="Clear").click()
    waited(page, "3111 of 3111 actions")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 900), (390, 844)], ids=["desk", "telephone"])
@pytest.mark.parametrize("make", [everything, report])
def test_it_is_accessible(
    make: Any, size: tuple[int, int], scheme: str, visit: Opener, axe: Path
) -> None:
    """No serious or critical violation of the accessibility rules, contrast among them."""
    page = visit(html.render(make()), size=size, scheme=scheme, script=axe).page
    page.evaluate("document.querySelectorAll('details').forEach(node => { node.open = true; })")
    result = page.evaluate("axe.run(document)")
    found = [
        (item["id"], node["html"][:200])
        for item in result["violations"]
        if item["impact"] in SERIOUS
        for node in item["nodes"]
    ]
    assert found == []
    assert "color-contrast" in {item["id"] for item in result["passes"]}
