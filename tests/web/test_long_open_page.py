"""A page that stays open while the box's plug is pulled, it is updated, or another page changes something."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("flask", reason="the page is an optional extra")
pytest.importorskip("playwright", reason="of the extra `test`")

from browsing import DESKTOP, Surfer, Visit, needs_chromium
from playwright.sync_api import Locator, Page, Route, expect
from proxying import Cable, Stuck
from waiting import until
from webbing import Served

from appliance.protocol.commands import ChoosePerson
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.snapshot import Playing

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("chromium"),
    needs_chromium,
]
AWAY = "The box does not answer"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with Served(tmp_path) as served:
        served.settings_file.write_text("[camera]\nfps = 5\n")
        yield served


@pytest.fixture
def visit(surfer: Surfer, served: Served) -> Iterator[Visit]:
    with surfer.visit(f"http://127.0.0.1:{served.page.port}", DESKTOP) as visit:
        yield visit


def test_a_box_whose_plug_is_pulled_is_said_not_to_answer(surfer: Surfer, served: Served) -> None:
    with Cable(served.page.port) as cable, surfer.visit(f"http://127.0.0.1:{cable.port}", DESKTOP) as visit:
        visit.page.clock.install()
        page = visit.go("play")
        cable.pull()
        page.clock.fast_forward(41_000)
        page.clock.fast_forward(5_000)
        expect(page.locator("#toast")).to_contain_text(AWAY)


def test_a_page_that_has_slept_follows_the_box_again(surfer: Surfer, served: Served) -> None:
    with Cable(served.page.port) as cable, surfer.visit(f"http://127.0.0.1:{cable.port}", DESKTOP) as visit:
        visit.page.clock.install()
        asked: list[str] = []
        visit.page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
        served.frame(1.0)
        page = visit.go("now")
        until(lambda: asked.count("live") == 1)
        cable.pull()
        served.box.snapshot = replace(served.box.snapshot, why="Much has happened", playing=Playing.PAUSED)
        served.show()
        cable.plug_in()
        page.clock.fast_forward(41_000)
        expect(page.locator("#why")).to_have_text("Much has happened")
        until(lambda: asked.count("live") == 2)


def test_a_command_to_a_box_that_does_not_answer_is_given_up(surfer: Surfer, served: Served) -> None:
    with Cable(served.page.port) as cable, surfer.visit(f"http://127.0.0.1:{cable.port}", DESKTOP) as visit:
        visit.page.clock.install()
        page = visit.go("play")
        cable.pull()
        page.locator("#toggle").click()
        page.clock.fast_forward(11_000)
        expect(page.locator("#toast")).to_contain_text(AWAY)


def until_given_up(page: Page, where: Locator) -> None:
    """Let minutes pass until it is said. What went into the cable may be told late, and is waited on."""

    def is_said() -> bool:
        page.clock.fast_forward(61_000)
        return AWAY in where.inner_text()

    until(is_said)


def test_a_backup_for_a_box_that_does_not_answer_is_given_up(
    surfer: Surfer, served: Served, tmp_path: Path
) -> None:
    """It was waited for as long as the page was open, and the page said nothing."""
    (tmp_path / "backup.zip").write_bytes(b"PK")
    with Cable(served.page.port) as cable, surfer.visit(f"http://127.0.0.1:{cable.port}", DESKTOP) as visit:
        visit.page.clock.install()
        page = visit.go("setup/backup")
        page.set_input_files("#backup-file", tmp_path / "backup.zip")
        cable.pull()
        restore = page.locator("form button[type=submit]")
        restore.click()
        expect(page.locator("form progress")).to_be_visible()
        expect(restore).to_be_disabled()
        until_given_up(page, page.locator("form [role=status]"))
        expect(restore).to_be_enabled()


def test_a_song_for_a_box_that_does_not_answer_is_given_up(
    surfer: Surfer, served: Served, tmp_path: Path
) -> None:
    (tmp_path / "Song.flac").write_bytes(b"fLaC")
    moods = [{"mood": mood, "songs": 1, "folder": mood} for mood in EMOTIONS]
    music = {"moods": moods, "upload_mb": 200}
    with Cable(served.page.port) as cable, surfer.visit(f"http://127.0.0.1:{cable.port}", DESKTOP) as visit:
        visit.page.clock.install()
        visit.page.route("**/api/music", lambda route: route.fulfill(json=music))
        page = visit.go("setup/music")
        place = page.locator(".drop[data-mood='sad']")
        expect(place).to_be_visible()
        cable.pull()
        place.locator("input[type=file]").set_input_files(tmp_path / "Song.flac")
        expect(place.locator("progress")).to_be_visible()
        until_given_up(page, place.locator(".count"))


def test_an_answer_that_comes_late_takes_nothing_back_that_is_newer(visit: Visit, served: Served) -> None:
    """A slow network: what another page has done since then is shown already."""
    page = visit.go("play")
    waiting: list[tuple[Route, Any]] = []
    page.route("**/api/pause", lambda route: waiting.append((route, served.client.post("/api/pause").json)))
    page.locator("#toggle").click()
    until(lambda: waiting)
    box = served.box.snapshot
    served.box.snapshot = replace(box, at=box.at + 1, volume=77)
    served.show()
    expect(page.locator("#volume-words")).to_have_text("77 %")
    route, answer = waiting[0]
    assert answer["volume"] != 77
    with page.expect_response("**/api/pause"):
        route.fulfill(json=answer)
    page.evaluate("new Promise((resolve) => setTimeout(resolve))")  # after whatever the answer brings
    expect(page.locator("#volume-words")).to_have_text("77 %")


def test_an_answer_that_breaks_off_in_the_middle_is_asked_for_again(surfer: Surfer, served: Served) -> None:
    """Its beginning came; without the rest the list of songs stood still for as long as the page was open."""
    way = Stuck(served.page.port, "/api/queue")
    with way as stuck, surfer.visit(f"http://127.0.0.1:{stuck.port}", DESKTOP) as visit:
        visit.page.clock.install()
        page = visit.go("play")
        until(lambda: stuck.asked == 1)
        page.clock.fast_forward(61_000)  # a question's patience
        page.clock.resume()  # and the pause before the next
        until(lambda: stuck.asked == 2)


def test_words_that_break_off_are_fetched_again(surfer: Surfer, served: Served) -> None:
    url = f"http://127.0.0.1:{served.page.port}"
    with surfer.visit(url, DESKTOP, locale="de-DE") as visit:
        tries: list[Route] = []

        def broken(route: Route) -> None:
            tries.append(route)
            route.fulfill(body='{"half": ') if len(tries) == 1 else route.continue_()

        visit.page.route("**/words/de.json", broken)
        page = visit.go("play")
        expect(page.locator("html")).to_have_attribute("lang", "de")
        assert len(tries) == 2


def test_a_page_that_is_not_the_boxs_is_not_taken_for_its_answer(visit: Visit) -> None:
    page = visit.go("play")
    page.route("**/api/pause", lambda route: route.fulfill(body="<h1>Welcome to the hotel</h1>"))
    page.locator("#toggle").click()
    expect(page.locator("#toast")).to_contain_text(AWAY)


def test_who_is_not_logged_out_is_told(surfer: Surfer, served: Served) -> None:
    cookie = served.with_password().headers["Cookie"].partition("=")
    url = f"http://127.0.0.1:{served.page.port}"
    with surfer.visit(url, DESKTOP) as visit:
        visit.page.context.add_cookies([{"name": cookie[0], "value": cookie[2], "url": url}])
        page = visit.go("setup/access")
        page.route("**/api/logout", lambda route: route.abort())
        page.get_by_role("button", name="Log out").click()
        expect(page.locator("#toast")).to_contain_text(AWAY)
        assert "login" not in page.url


def test_a_page_of_an_older_release_is_loaded_anew(visit: Visit, served: Served) -> None:
    page = visit.go("play")
    page.evaluate("window.isOld = true")

    def updated(route: Route) -> None:
        route.fulfill(json=served.client.get("/api/state").json | {"version": "99.0"})

    page.route("**/api/pause", updated)
    with page.expect_event("load"):
        page.locator("#toggle").click()
    assert page.evaluate("window.isOld") is None


def test_a_list_shows_what_is_so_when_the_box_has_refused(visit: Visit, served: Served) -> None:
    served.box.snapshot = replace(served.box.snapshot, persons=("Ann", "Bob"), person="Ann")
    page = visit.go("play")
    page.route("**/api/person", lambda route: route.fulfill(status=422, json={"error": "not now"}))
    person = page.locator("#person")
    person.select_option("Bob")
    expect(person).to_have_value("Ann")


def test_a_list_follows_what_another_page_has_chosen(visit: Visit, served: Served) -> None:
    served.box.snapshot = replace(served.box.snapshot, persons=("Ann", "Bob", "Cid"), person="Ann")
    page = visit.go("play")
    person = page.locator("#person")
    person.focus()
    person.select_option("Bob")
    until(lambda: any(isinstance(each, ChoosePerson) for each in served.box.taken))
    expect(person).to_have_value("Ann")  # as this box answers, which only remembers
    served.box.snapshot = replace(served.box.snapshot, person="Cid")
    served.show()
    expect(person).to_have_value("Cid")


def test_a_setting_that_another_page_has_changed_is_told_before_it_is_overwritten(
    visit: Visit, served: Served
) -> None:
    page = visit.go("setup/settings")
    page.locator("summary", has_text="Who lives here").click()
    people = page.locator("[id='set-persons.who']")
    people.fill('["Bob"]')

    def changed(route: Route) -> None:
        if route.request.method != "GET":
            return route.continue_()
        found = served.client.get("/api/settings").json
        keys = {key["path"]: key for section in found["sections"] for key in section["keys"]}
        keys["persons.who"]["value"] = ["Ann"]
        return route.fulfill(json=found)

    page.route("**/api/settings", changed)
    page.locator("#save-settings").click()
    expect(page.locator(".problem")).to_contain_text('persons.who is ["Ann"] now')
    assert "persons" not in tomllib.loads(served.settings_file.read_text())
    people.fill('["Ann", "Bob"]')
    page.locator("#save-settings").click()
    expect(page.locator("#save-settings")).to_be_hidden()
    assert tomllib.loads(served.settings_file.read_text())["persons"] == {"who": ["Ann", "Bob"]}


def test_a_file_that_has_changed_meanwhile_is_told_before_it_is_overwritten(
    visit: Visit, served: Served
) -> None:
    page = visit.go("setup/settings")
    page.locator("summary", has_text="The file itself").click()
    text = page.get_by_label("moodbox.toml")
    expect(text).to_have_value("[camera]\nfps = 5\n")
    text.fill("[camera]\nfps = 6\n")
    served.settings_file.write_text("# by hand\n[camera]\nfps = 9\n")
    save = page.get_by_role("button", name="Check and save")
    save.click()
    expect(page.locator(".problem")).to_contain_text("has been changed meanwhile")
    assert served.settings_file.read_text().startswith("# by hand")
    save.click()
    until(lambda: served.settings_file.read_text() == "[camera]\nfps = 6\n")
