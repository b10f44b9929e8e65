"""A real Chromium, started without any way out; tests skip where there is none."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

AXE = Path(__file__).parent.parent.parent / ".ci/node_modules/axe-core/axe.min.js"
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@dataclass(slots=True)
class Opened:
    """A page in the browser, what it asked for beside itself, and what it complained of."""

    page: Page
    refused: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")  # its event loop must end before other tests start their own
def browser() -> Iterator[Browser]:
    path = os.environ.get("PSA_AUDIT_CHROMIUM") or shutil.which("chromium")
    if not path:
        pytest.skip("no Chromium: install it, or name it in PSA_AUDIT_CHROMIUM")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def axe() -> Path:
    if not AXE.is_file():
        pytest.skip("no axe-core: run `npm ci --prefix .ci`")
    return AXE


class Opener:
    """Opens pages from files; everything but the file itself is refused and remembered."""

    def __init__(self, browser: Browser, directory: Path) -> None:
        self.browser, self.directory, self.contexts = browser, directory, 0

    def __call__(
        self,
        content: bytes,
        anchor: str = "",
        *,
        size: tuple[int, int] = (1280, 900),
        scheme: str = "light",
        is_scripted: bool = True,
        script: Path | None = None,
    ) -> Opened:
        """Open the page at the anchor, in a new profile; `script` runs before its own."""
        path = self.directory / "report.html"
        path.write_bytes(content)
        context = self.browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if scheme == "dark" else "light",
            java_script_enabled=is_scripted,
        )
        if script:
            context.add_init_script(path=script)
        context.set_default_timeout(15_000)
        opened = Opened(context.new_page())

        def only_the_file(route: Route) -> None:
            if route.request.url.split("#")[0] == path.as_uri():
                route.continue_()
            else:
                opened.refused.append(route.request.url)
                route.abort()

        context.route("**/*", only_the_file)
        opened.page.on("console", lambda message: opened.complaints.append(message.text))
        opened.page.on("pageerror", lambda error: opened.complaints.append(str(error)))
        opened.page.on("dialog", lambda dialog: opened.complaints.append(dialog.message))
        opened.page.goto(path.as_uri() + anchor)
        return opened


@pytest.fixture
def visit(browser: Browser, tmp_path: Path) -> Iterator[Opener]:
    yield Opener(browser, tmp_path)
    for context in browser.contexts:
        context.close()
