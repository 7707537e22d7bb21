"""The whole box with its page: real service, real MPD, a recording as camera. And Chromium to look at it."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest
from asking_mpd import what_mpd_does
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright
from waiting import until
from webbing import Client, free_port

from appliance import config as settings
from appliance.demo.material import material
from appliance.demo.private_mpd import PrivateMpd
from appliance.service.service import Service

needs_chromium = pytest.mark.skipif(
    not shutil.which("chromium"), reason="no Chromium; `apt install chromium`"
)
ROOT = Path(__file__).parent.parent
ARTEFACTS = Path(os.environ.get("MOODBOX_ARTEFACTS") or ROOT / "build" / "screenshots")
SWITCHES = (
    "--no-sandbox",  # the tests run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SMALL_PHONE = PHONE | {"viewport": {"width": 320, "height": 640}}  # WCAG 2.1, 1.4.10
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 860}}
PLACES = ("now", "play", "setup", *(f"setup/{name}" for name in (
    "first", "music", "library", "taste", "settings", "access", "health", "log", "backup", "update",
    "language", "power",
)))  # fmt: skip
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SMALLEST_TARGET = 44
"""CSS pixels: WCAG 2.1, 2.5.5."""
TARGETS = """(least) => [...document.querySelectorAll("a, button, input, select, textarea, summary")]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest("p, .skip, .unseen"))
  .filter((one) => one.type !== "checkbox" || !one.closest("label"))
  .map((one) => [one.outerHTML.slice(0, 90), one.getBoundingClientRect()])
  .filter(([, box]) => box.height < least - 0.5 && box.width > 1)
  .map(([html, box]) => [html, Math.round(box.width), Math.round(box.height)])"""
"""A function of the page, by which it names its targets that are smaller."""
SLOW_MS = 60_000
"""Patience of the browser: the machine may have much else to do."""
OWN = """\
# A box for tests
version = 1

[camera]
source = "replay:{recording}"   # a film
[mood]
reaction = "steady"   # neither hasty nor slow
[music]
least_play_s = 600.0   # the camera leaves the songs alone
[mpd]
address = "{mpd}"
[control]
socket = "{folder}/control"
[state]
file = "{folder}/state.json"
music = "{folder}/music.db"
[page]
address = "127.0.0.1"
port = {port}
folder = "{folder}/page"
"""


class Household:
    """A box that runs, begun anew whenever its settings change; a context manager."""

    def __init__(self, folder: Path, music: Path) -> None:
        self.settings_file = folder / "moodbox.toml"
        self.music = music
        self.mpd = PrivateMpd(folder / "mpd", music)
        self._folder, self._port = folder, free_port()
        self._over = threading.Event()
        self._service: Service | None = None
        self._thread = threading.Thread(target=self._live)

    def __enter__(self) -> Household:
        self.mpd.__enter__()
        places = {"recording": material().recording, "mpd": self.mpd.address, "folder": self._folder}
        self.settings_file.write_text(OWN.format(port=self._port, **places))
        self._thread.start()
        until(self._answers, within_s=60)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._service:
            self._service.stop()
        self._thread.join(30)
        self.mpd.__exit__(kind, error, trace)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def client(self) -> Client:
        return Client(self._port)

    @property
    def database(self) -> Path:
        """What the box knows of its songs."""
        return self._folder / "music.db"

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get("/api/state").json
        return found

    def heard(self) -> dict[str, str]:
        """What MPD itself says that it does."""
        return what_mpd_does(self.mpd)

    def _live(self) -> None:
        while not self._over.is_set():
            self._service = Service(settings.load(self.settings_file), settings_file=self.settings_file)
            if not self._over.is_set():
                self._service.run()

    def _answers(self) -> bool:
        with contextlib.suppress(OSError):
            return self.client.get("/healthz").status == 200
        return False


class Surfer:
    """Debian's Chromium without a screen; a context manager."""

    def __enter__(self) -> Surfer:
        expect.set_options(timeout=60_000)  # beside whatever else the machine does
        self._playwright = sync_playwright().start()
        # Playwright gives it a new, empty --user-data-dir each time.
        self._browser: Browser = self._playwright.chromium.launch(
            executable_path="/usr/bin/chromium", headless=True, args=list(SWITCHES)
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._browser.close()
        self._playwright.stop()

    def visit(self, url: str, device: dict[str, Any] = PHONE, **options: Any) -> Visit:
        """A browser that nobody has used. options: locale, color_scheme, reduced_motion …"""
        return Visit(self._browser.new_context(**device, **options), url)


class Visit:
    """One browser window, and what went wrong in it; a context manager."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self._context, self.url = context, url
        context.set_default_timeout(SLOW_MS)
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.outside: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._hear)
        self.page.on("request", self._note)

    def __enter__(self) -> Visit:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._context.close()

    def go(self, place: str) -> Page:
        """Open a place such as "now" or "setup/music", and wait until the box has told its state."""
        self.page.goto(f"{self.url}/#{place}")
        self.until("document.querySelector('.camera-pill .words').textContent !== ''")
        return self.page

    def until(self, is_so: str) -> None:
        """Wait until the expression is true. Not `wait_for_function`: the page's policy forbids its eval."""
        until(lambda: self.page.evaluate(is_so), within_s=60)

    def keep(self, name: str) -> None:
        """Save a picture of it."""
        ARTEFACTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=ARTEFACTS / f"{name}.png")

    def _hear(self, said: ConsoleMessage) -> None:
        if said.type == "error":
            self.complaints.append(said.text)

    def _note(self, request: Any) -> None:
        if not request.url.startswith((self.url, "data:", "blob:")):
            self.outside.append(request.url)
