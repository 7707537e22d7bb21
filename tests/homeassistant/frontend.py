"""Home Assistant's own page in Chromium: whether it draws our card."""

from __future__ import annotations

import json
import time

from browsing import DESKTOP, SLOW_MS, Surfer
from core import CLIENT, Core

CARDS = ("media-control", "glance", "entities", "history-graph")


def look(core: Core, dashboard: str) -> str:
    """Open a dashboard. Returns the cards seen; fails where Home Assistant draws an error in place of one."""
    tokens = core.tokens | {
        "hassUrl": core.url,
        "clientId": CLIENT,
        "expires": 1000 * (time.time() + core.tokens["expires_in"]),
    }
    with Surfer() as surfer, surfer.visit(core.url, DESKTOP) as visit:
        page = visit.page
        page.add_init_script(f"localStorage.setItem('hassTokens', {json.dumps(json.dumps(tokens))})")
        page.goto(f"{core.url}/{dashboard}/0")
        page.get_by_text("Why this song").first.wait_for(timeout=SLOW_MS)
        for card in CARDS:
            page.locator(f"hui-{card}-card").first.wait_for(timeout=SLOW_MS, state="attached")
        assert page.locator("hui-error-card").count() == 0, page.locator("hui-error-card").first.inner_text()
        assert page.locator("hui-warning").count() == 0, page.locator("hui-warning").first.inner_text()
    return ", ".join(CARDS)
