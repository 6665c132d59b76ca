"""The site as people meet it: in a browser, from a folder, on a phone, in the dark, by keyboard, with no network."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from expectations.reporting.privacy import write_privacy_report

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page, Route

    from tests.reported import Reported

pytestmark = [pytest.mark.spark, pytest.mark.browser]

DESKTOP, PHONE = 1280, 375
PAGES = (
    "../index.html",
    "index.html",
    "trusted.customer_trusted.html",
    "landing.delivered_file.html",
    "data_docs.html",
)
# Chromium asks its maker's hosts for updates and the like, which is no doing of the page.
_QUIET = ["--no-sandbox", "--no-first-run", "--disable-background-networking", "--disable-component-update"]

_COLOURS = """drawing => [...drawing.querySelectorAll('path, use')].flatMap(part => {
  const style = getComputedStyle(part)
  return [style.stroke, style.fill]
})"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import Error, sync_playwright

    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    installed = next((path for name in names if (path := shutil.which(name))), None)
    with sync_playwright() as playwright:
        try:
            opened = playwright.chromium.launch(executable_path=installed, args=_QUIET)
        except Error as error:
            pytest.skip(f"no Chromium here; on Debian: apt-get install chromium ({error.message.splitlines()[0]})")
        yield opened
        opened.close()


class Visit:
    """A page that was opened, and what happened on it."""

    def __init__(self, browser: Browser, *, width: int = DESKTOP, scheme: str = "light") -> None:
        self.page: Page = browser.new_page(
            viewport={"width": width, "height": 800}, color_scheme="dark" if scheme == "dark" else "light"
        )
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("requestfailed", lambda request: self.complaints.append(request.url))
        self.page.route("**/*", self._route)

    def _route(self, route: Route) -> None:
        self.requests.append(route.request.url)
        if route.request.url.startswith("file:"):
            route.continue_()
        else:
            route.abort()

    def left_the_machine(self) -> list[str]:
        return [url for url in self.requests if not url.startswith(("file:", "data:"))]


@pytest.fixture
def visit(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Visit]:
    made = Visit(browser, **getattr(request, "param", {}))
    yield made
    made.page.close()
    assert made.requests, "no request was seen: nothing was watched"
    assert made.left_the_machine() == []
    assert made.complaints == []


def _open(visit: Visit, reported: Reported, run: str, name: str = "index.html") -> Page:
    visit.page.goto((reported.reports / run / name).resolve().as_uri())
    return visit.page


def _unfold(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(folded => { folded.open = true })")


def test_the_overview_of_a_refused_run(visit: Visit, reported: Reported) -> None:
    page = _open(visit, reported, reported.refused)
    assert page.get_by_text("Data refused").is_visible()
    for zone in ("landing", "trusted"):
        assert page.get_by_role("heading", name=zone, exact=False).first.is_visible()
    failing = page.locator(".failing", has_text="in landing all have a research consent date")
    assert failing.is_visible()
    assert failing.get_by_text("not consented").is_visible()
    failing.get_by_role("link").click()
    assert page.url.endswith("trusted.customer_trusted.html#everyone_agreed")
    assert page.locator("#everyone_agreed pre").is_visible()
    assert "LEFT JOIN newest" in page.locator("#everyone_agreed pre").inner_text()


def test_the_overview_of_a_good_run(visit: Visit, reported: Reported) -> None:
    page = _open(visit, reported, reported.good)
    assert page.get_by_text("Every table passed").is_visible()
    assert page.locator(".failing").count() == 0
    table = page.get_by_role("region", name="accelerometer_trusted")
    assert table.get_by_text("from before the person agreed").is_visible()


def test_the_plots_and_the_lineage_are_drawn(visit: Visit, reported: Reported) -> None:
    page = _open(visit, reported, reported.good)
    accent, good = (
        page.locator(one).first.evaluate("e => getComputedStyle(e).color") for one in ("main a", ".badge.good")
    )
    plots = page.locator("section[aria-labelledby=history] figure")
    assert plots.count() == 12
    for plot in plots.all():
        plot.scroll_into_view_if_needed()
        picture = plot.locator("svg")
        box = picture.bounding_box()
        assert box is not None
        assert box["width"] > 200
        assert box["height"] > 80
        colours = picture.evaluate(_COLOURS)
        assert {accent, good} & set(colours), "axes without data"
        assert len(plot.get_by_role("img").get_attribute("aria-label") or "") > 30
    lineage = page.locator("section[aria-labelledby=lineage] svg")
    assert lineage.is_visible()
    assert lineage.locator("rect").count() == 10
    assert lineage.locator("path[marker-end]").count() == 12


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("run", ["refused", "good"])
@pytest.mark.parametrize("visit", [{"width": PHONE}], indirect=True, ids=["phone"])
def test_nothing_scrolls_sideways_on_a_phone(visit: Visit, reported: Reported, run: str, name: str) -> None:
    page = _open(visit, reported, getattr(reported, run), name)
    _unfold(page)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE
    wide = "[...document.querySelectorAll('main *')].filter(e => e instanceof HTMLElement && e.clientWidth)"
    wide += ".filter(e => e.scrollWidth > e.clientWidth + 1)"
    assert page.evaluate(f"{wide}.map(e => e.outerHTML.slice(0, 80))") == []


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(
    "visit",
    [{"scheme": "light"}, {"scheme": "dark"}, {"scheme": "light", "width": PHONE}],
    indirect=True,
    ids=["light", "dark", "phone"],
)
def test_axe_finds_nothing(visit: Visit, reported: Reported, name: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    for run in (reported.refused, reported.good):
        page = _open(visit, reported, run, name)
        _unfold(page)
        results = Axe().run(page)
        assert results.response["passes"], "axe judged nothing"
        assert results.violations_count == 0, results.generate_report()


def test_everything_is_reached_by_keyboard(visit: Visit, reported: Reported) -> None:
    page = _open(visit, reported, reported.refused)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    reachable = page.locator("main a, main summary").count()
    reached = set()
    for _ in range(reachable + 10):
        page.keyboard.press("Tab")
        here = "(e => e.closest('main') && [...document.querySelectorAll('main a, main summary')].indexOf(e))"
        reached.add(page.evaluate(f"{here}(document.activeElement)"))
    assert set(range(reachable)) <= reached

    folded = page.locator(".failing summary").first
    folded.focus()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    assert page.locator(".failing pre").first.is_visible()


@pytest.mark.parametrize(
    "visit",
    [{"scheme": "light"}, {"scheme": "dark"}, {"scheme": "light", "width": PHONE}],
    indirect=True,
    ids=["light", "dark", "phone"],
)
@pytest.mark.parametrize("missed", [0, 2])
def test_the_privacy_report(visit: Visit, tmp_path: Path, missed: int) -> None:
    from axe_playwright_python.sync_playwright import Axe

    write_privacy_report(_privacy_document(missed), tmp_path / "index.html", None)
    page = visit.page
    page.goto((tmp_path / "index.html").as_uri())
    assert page.get_by_text("2 deadlines missed" if missed else "No deadline is missed").is_visible()
    _unfold(page)
    assert page.get_by_role("row", name="2026-01-02 3 0 1").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    results = Axe().run(page)
    assert results.response["passes"], "axe judged nothing"
    assert results.violations_count == 0, results.generate_report()


def _privacy_document(missed: int) -> dict[str, Any]:
    return {
        "at": "2026-02-01T00:00:00+00:00",
        "people": {"known": 4, "agreed": 1, "suspended": 1, "withoutConsent": 2},
        "unit": "day",
        "changes": [
            {"day": "2026-01-01", "agreed": 2, "suspended": 1, "withdrew": 0},
            {"day": "2026-01-02", "agreed": 3, "suspended": 0, "withdrew": 1},
        ],
        "readings": [{"what": "accelerometer readings", "held": 3, "used": 2}],
        "trainingRows": 2,
        "deadlines": {"days": 30, "ended": 3, "gone": 1, "open": 2 - missed, "missed": missed}
        | {"unattributedRows": 0, "success": not missed},
        "warnings": ["the chain is too long"],
        "erasures": {"unfinished": {}, "overdue": [], "certificates": ["000001.json"]},
    }
