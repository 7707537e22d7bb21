"""The update, as the owner's page has it."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("flask", reason="the page is an optional extra")

from webbing import Client, Served

from appliance import __version__
from appliance.machine.upgrade import News


def test_the_owner_is_told_of_the_newest_release_and_of_the_update_that_goes_on(tmp_path: Path) -> None:
    news = News("99.0", "More music", "https://example.org/99.0", True, 40, "")
    with Served(tmp_path, news=lambda: news) as served:
        assert served.client.get("/api/release").json == {
            "installed": __version__,
            "latest": "99.0",
            "is_newer": True,
            "notes": "More music",
            "page": "https://example.org/99.0",
            "is_going_on": True,
            "percent": 40,
            "failed": None,
            "look_failed": None,
            "asks": False,
        }


def test_nothing_is_known_and_a_link_that_is_no_pages_is_none(tmp_path: Path) -> None:
    told = [News(), News("0.0.1", "Old", "javascript:alert(1)", failed="no room", look_failed="no host")]
    with Served(tmp_path, news=lambda: told[0]) as served:
        unknown = served.client.get("/api/release").json
        assert (unknown["latest"], unknown["is_newer"], unknown["page"]) == (None, False, None)
        told.pop(0)
        known = served.client.get("/api/release").json
        assert (known["is_newer"], known["page"], known["failed"]) == (False, None, "no room")
        assert known["look_failed"] == "no host"


def test_a_token_is_not_told(tmp_path: Path) -> None:
    with Served(tmp_path) as served:
        owner = served.with_password()
        token = owner.post("/api/tokens", {"name": "script"}).json["token"]
        script = Client(served.page.port, {"Authorization": f"Bearer {token}"})
        assert script.get("/api/release").status == 403
