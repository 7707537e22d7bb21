"""The page for everybody: small screens, screen readers, thumbs, keys alone; and how it looks."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("flask", reason="the page is an optional extra")
pytest.importorskip("playwright", reason="of the extra `test`")
pytest.importorskip("axe_playwright_python", reason="of the extra `test`")

from axe_playwright_python.sync_playwright import Axe
from browsing import (
    DESKTOP,
    PHONE,
    PLACES,
    RULES,
    SMALL_PHONE,
    SMALLEST_TARGET,
    TARGETS,
    Household,
    Surfer,
    Visit,
    needs_chromium,
)
from playwright.sync_api import Page, expect
from waiting import until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("everybody"),  # with a browser and a box of its own
    needs_chromium,
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_axe_finds_nothing_serious(
    surfer: Surfer, home: Household, device: dict[str, Any], scheme: str
) -> None:
    found = []
    with surfer.visit(home.url, device, color_scheme=scheme, reduced_motion="reduce") as visit:
        for place in PLACES:
            page = visit.go(place)
            _open_all(visit)
            for violation in Axe().run(page, options={"runOnly": RULES}).response["violations"]:
                if violation["impact"] in ("serious", "critical"):
                    nodes = [node["html"][:120] for node in violation["nodes"][:3]]
                    found.append((place, violation["id"], nodes))
    assert found == []


SETTLED = """!document.querySelector("[aria-busy]") && document.getElementById("why").textContent !== "–"
  && [...document.querySelectorAll("#panel > .panel")].every((panel) => panel.childElementCount)"""


def _open_all(visit: Visit) -> None:
    """Wait for what is fetched, and unfold what is folded."""
    visit.until(SETTLED)
    visit.page.evaluate("document.querySelectorAll('#panel details').forEach((one) => { one.open = true; })")


def test_every_target_is_large_enough_for_a_thumb(surfer: Surfer, home: Household) -> None:
    small = []
    with surfer.visit(home.url, PHONE) as visit:
        for place in PLACES:
            page = visit.go(place)
            _open_all(visit)
            small += [(place, *target) for target in page.evaluate(TARGETS, SMALLEST_TARGET)]
    assert small == []


@pytest.mark.parametrize("locale", ["en-GB", "de-DE", "es-ES", "hi-IN"])
def test_nothing_runs_out_of_a_small_phone_in_any_language(
    surfer: Surfer, home: Household, locale: str
) -> None:
    with surfer.visit(home.url, SMALL_PHONE, locale=locale) as visit:
        for place in PLACES:
            page = visit.go(place)
            _open_all(visit)
            assert page.evaluate("document.documentElement.lang") == locale[:2]
            # Not innerWidth, which a phone lets grow with whatever runs out.
            wide = page.evaluate("document.documentElement.scrollWidth - screen.width")
            assert wide <= 0, place
        visit.go("play")
        visit.keep(f"phone-play-{locale[:2]}")


def test_the_keyboard_alone_reaches_and_works_everything(surfer: Surfer, home: Household) -> None:
    with surfer.visit(home.url, DESKTOP) as visit:
        visit.page.goto(home.url)
        visit.page.keyboard.press("Tab")
        expect(visit.page.get_by_role("link", name="Skip to the content")).to_be_focused()
        page = visit.go("play")
        reached = _walk(page)
        controls = page.evaluate(
            """() => [...document.querySelectorAll("#play :is(button, input, select), .top :is(a, button)")]
                 .filter((one) => one.checkVisibility()).map((one) => one.outerHTML.slice(0, 60))"""
        )
        assert set(controls) <= reached
        page.locator("#toggle").focus()
        before = home.heard()["state"]
        page.keyboard.press("Space")
        until(lambda: home.heard()["state"] != before, within_s=60)
        expect(page.locator("#toggle")).to_have_text("Play" if before == "play" else "Pause")
        page.keyboard.press("Enter")
        until(lambda: home.heard()["state"] == before, within_s=60)
        page.locator("#volume").focus()
        level = home.state()["volume"]
        page.keyboard.press("ArrowRight")
        until(lambda: home.state()["volume"] == level + 1, within_s=60)


def _walk(page: Page) -> set[str]:
    """Tab through the page once; what was reached, each with a focus that can be seen."""
    reached: set[str] = set()
    before = ""
    for _ in range(120):
        page.keyboard.press("Tab")
        html, outline = page.evaluate(
            """() => [document.activeElement.outerHTML.slice(0, 60),
                      parseFloat(getComputedStyle(document.activeElement).outlineWidth)]"""
        )
        if html in reached and html != before:  # a field for the time has several stops
            break
        before = html
        if not html.startswith("<body"):  # past the end, before the beginning
            assert outline >= 2, html
            reached.add(html)
    return reached


def test_pictures_of_the_page_are_kept(surfer: Surfer, home: Household) -> None:
    for name, device in (("phone", PHONE), ("desktop", DESKTOP)):
        for scheme in ("light", "dark"):
            options: dict[str, Any] = {"color_scheme": scheme}
            with surfer.visit(home.url, device, **options) as visit:
                for place in ("now", "play", "setup/first", "setup/music", "setup/library", "setup/settings"):
                    visit.go(place)
                    visit.until(SETTLED)
                    visit.keep(f"{name}-{scheme}-{place.replace('/', '-')}")
