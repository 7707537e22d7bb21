"""The page as people use it: Chromium, a real service, a real MPD, a recording as camera."""

from __future__ import annotations

import base64
import contextlib
import json
import logging
import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("flask", reason="the page is an optional extra")
pytest.importorskip("playwright", reason="of the extra `test`")
pytest.importorskip("axe_playwright_python", reason="of the extra `test`")

from asking_mpd import keep_playlist
from axe_playwright_python.sync_playwright import Axe
from browsing import (
    DESKTOP,
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
from conftest import write_tone
from playwright.sync_api import Page, Route, expect
from proxying import Proxy
from waiting import until
from webbing import PASSWORD, Client, Served

from appliance.coach.placing import Sound
from appliance.coach.scan import alone
from appliance.coach.shelf import Progress, Row, Shelf, Stamp
from appliance.demo.private_mpd import PrivateMpd
from appliance.machine.upgrade import News
from appliance.protocol.commands import InstallUpdate, PowerOff, SetVolume
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.messages import Song
from appliance.protocol.snapshot import CameraState

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("chromium"),
    needs_chromium,
]


@pytest.fixture
def visit(surfer: Surfer, home: Household) -> Iterator[Visit]:
    with surfer.visit(home.url) as visit:
        yield visit
        assert visit.complaints == []
        assert visit.outside == []


# --- Now ---------------------------------------------------------------------------------------------------


def test_now_shows_the_listener_the_mood_and_why(visit: Visit) -> None:
    page = visit.go("now")
    visit.until("document.getElementById('picture').naturalWidth === 640")
    expect(page.locator("#tag")).to_contain_text("%")
    expect(page.locator("#mood-name")).not_to_have_text("–")
    expect(page.locator("#why")).not_to_have_text("–")
    expect(page.locator("#bars li")).to_have_count(7)
    expect(page.locator("#strip .lane span").first).to_be_visible()
    shares = page.locator("#bars .share")
    before = shares.all_text_contents()
    until(lambda: shares.all_text_contents() != before, within_s=60)


def test_the_picture_is_fetched_only_while_it_is_looked_at(visit: Visit, home: Household) -> None:
    page = visit.go("now")
    until(lambda: home.state()["viewers"] == 1, within_s=60)
    page.get_by_role("link", name="Play", exact=True).click()
    until(lambda: home.state()["viewers"] == 0, within_s=60)


def test_now_shows_the_way_on_which_a_policy_leads(visit: Visit, home: Household) -> None:
    home.client.post("/api/mood", {"mood": "sad"})
    page = visit.go("play")
    page.get_by_label("What the music does about your mood").select_option("Lift it")
    page.get_by_role("link", name="Now", exact=True).click()
    stages = page.get_by_label("The way on which the music leads").get_by_role("listitem")
    expect(stages).to_have_text(["Sad3 songs", "Neutral3 songs", "Happy2 songs"])
    home.client.post("/api/policy", {"policy": "by_mood"})
    expect(page.locator("#path")).to_be_hidden()
    home.client.post("/api/auto")


def test_a_policy_is_chosen_for_one_mood_alone(visit: Visit, home: Household) -> None:
    page = visit.go("play")
    page.locator("#policy-mood").select_option("angry")
    page.locator("#mood-policy").select_option("calm")
    until(lambda: home.state()["mood_policies"] == {"angry": "calm"})
    page.locator("#policy-mood").select_option("sad")
    expect(page.locator("#mood-policy")).to_have_value("by_mood")
    page.locator("#policy-mood").select_option("angry")
    expect(page.locator("#mood-policy")).to_have_value("calm")
    home.client.post("/api/policy", {"policy": "by_mood"})


def test_what_the_box_knows_of_a_person_is_shown_and_forgotten(visit: Visit, home: Household) -> None:
    until(lambda: home.state()["song"])
    home.client.post("/api/dislike")
    until(lambda: "everybody" in home.client.get("/api/taste").json["people"])
    page = visit.go("setup/taste")
    expect(page.locator("#panel")).to_contain_text("Not wanted: ")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Forget everything").click()
    expect(page.locator("#panel")).to_contain_text("Nothing is known of anybody yet.")
    assert home.client.get("/api/taste").json["people"] == {}


def test_a_face_at_rest_is_measured_as_the_page_asks(visit: Visit, home: Household) -> None:
    page = visit.go("setup/taste")
    card = page.locator(".card", has_text="Face at rest: Everybody")
    card.get_by_role("button", name="Measure", exact=True).click()
    expect(card.get_by_role("progressbar")).to_be_visible()
    expect(card).to_contain_text("seconds to go")
    home.client.post("/api/face-at-rest", {"step": "cancel"})
    expect(card.get_by_role("button", name="Measure", exact=True)).to_be_visible()
    assert home.state()["rest"]["measured"] is None


# --- Play --------------------------------------------------------------------------------------------------


def heard(home: Household, **wanted: str) -> None:
    """Wait until MPD says so."""
    until(lambda: {name: home.heard().get(name) for name in wanted} == wanted, within_s=60)


def from_the_beginning(home: Household) -> None:
    """A song that ended in the middle of a test would change what the test is about."""
    with contextlib.closing(_Guest(home)) as guest:
        guest.mpd.seekcur(0)


def plays_from(home: Household, folder: str) -> bool:
    return home.heard().get("file", "").startswith(f"{folder}/")


def is_camera(home: Household, state: str) -> bool:
    return bool(home.state()["camera"] == state)


def test_every_control_of_the_player_is_seen_in_mpd(visit: Visit, home: Household) -> None:
    page = visit.go("play")
    heard(home, state="play")
    from_the_beginning(home)
    page.locator("#toggle").click()
    heard(home, state="pause")
    page.locator("#toggle").click()
    heard(home, state="play")
    first = home.heard()["songid"]
    page.get_by_role("button", name="Another song").locator("visible=true").click()
    until(lambda: home.heard()["songid"] != first, within_s=60)
    page.get_by_role("button", name="Previous song").click()
    until(lambda: home.heard()["songid"] == first, within_s=60)
    page.get_by_role("button", name="Stop").click()
    heard(home, state="stop")
    page.locator("#toggle").click()
    heard(home, state="play")


def test_a_song_is_found_and_played_now_or_next(visit: Visit, home: Household) -> None:
    page = visit.go("play")
    page.get_by_label("Title, artist, album").fill("sad 1")
    page.get_by_role("button", name="Play sad 1 now").click()
    until(lambda: home.heard().get("file") == "sad/1.flac", within_s=60)
    home.client.post("/api/pause")
    page.get_by_label("Title, artist, album").fill("happy")
    for title in ("happy 0", "happy 1"):
        page.get_by_role("button", name=f"Play {title} next").click()
    chosen = page.locator("#up-next b")
    expect(chosen).to_have_text(["happy 0", "happy 1"])
    page.get_by_role("button", name="Move happy 1 up").click()
    expect(chosen).to_have_text(["happy 1", "happy 0"])
    page.get_by_role("button", name="Take happy 1 out").click()
    expect(chosen).to_have_text(["happy 0"])
    page.get_by_role("button", name="Another song").locator("visible=true").click()
    until(lambda: home.heard().get("file") == "happy/0.flac", within_s=60)
    expect(page.locator("#up-next")).to_be_hidden()


def test_folders_are_gone_through_to_a_song(visit: Visit, home: Household) -> None:
    page = visit.go("play")
    page.get_by_role("button", name="Folders").click()
    page.get_by_role("button", name="angry", exact=True).click()
    expect(page.locator("#found b")).to_have_text(["angry 0", "angry 1"])
    page.get_by_role("button", name="..").click()
    expect(page.get_by_role("button", name="surprise", exact=True)).to_be_visible()


def test_artists_are_gone_through_to_a_song(visit: Visit, home: Household) -> None:
    page = visit.go("play")
    page.get_by_role("button", name="Artists").click()
    page.locator("#found").get_by_role("button").first.click()
    expect(page.locator("#found b").first).to_be_visible()
    page.get_by_role("button", name="..").click()
    page.get_by_role("button", name="Artists").click()
    expect(page.locator("#found li")).to_have_count(0)


def test_what_comes_if_the_mood_stays_is_put_in_order(visit: Visit, home: Household) -> None:
    home.client.post("/api/mood", {"mood": "sad"})
    heard(home, state="play")
    home.client.post("/api/pause")  # or the song might end meanwhile
    page = visit.go("play")
    page.get_by_role("button", name="What comes if the mood stays").click()
    coming = page.locator("#coming b")
    until(lambda: home.state()["coming"], within_s=60)
    titles = [song["title"] for song in home.state()["coming"]]
    expect(coming).to_have_text(titles)
    if titles[1:]:
        page.get_by_role("button", name=f"Move {titles[1]} up").click()
        titles[:2] = [titles[1], titles[0]]
        expect(coming).to_have_text(titles)
    page.locator("#coming").get_by_role("button", name=f"Take {titles[0]} out").click()
    expect(coming).to_have_text(titles[1:])
    home.client.post("/api/auto")
    home.client.post("/api/play")


def test_a_place_in_the_song_is_gone_to_by_the_keyboard(visit: Visit, home: Household) -> None:
    page = visit.go("play")
    home.client.post("/api/play")
    heard(home, state="play")
    home.client.post("/api/pause")
    heard(home, state="pause")
    from_the_beginning(home)
    page.get_by_label("Position in the song").focus()
    before = float(home.heard()["elapsed"])
    page.keyboard.press("ArrowRight")
    until(lambda: float(home.heard().get("elapsed", 0)) >= before + 0.9, within_s=60)
    home.client.post("/api/play")
    heard(home, state="play")


def test_what_is_up_next_follows_a_phone_that_changes_the_queue(visit: Visit, home: Household) -> None:
    page = visit.go("play")
    heard(home, state="play")
    from_the_beginning(home)
    expect(page.locator("#queue li b")).to_have_count(1)
    with contextlib.closing(_Guest(home)) as guest:
        guest.mpd.pause(1)
        guest.mpd.addid("sad/1.flac")
        guest.mpd.addid("angry/1.flac")
        expect(page.locator("#queue li b")).to_have_count(3)
        guest.mpd.moveid(guest.mpd.playlistinfo()[-1]["id"], "+0")
        expect(page.locator("#queue li b").first).to_have_text(guest.mpd.playlistinfo()[-3].get("title", "1"))
        while len(queue := guest.mpd.playlistinfo()) > int(guest.mpd.status()["song"]) + 1:
            guest.mpd.deleteid(queue[-1]["id"])
        expect(page.locator("#queue li.empty")).to_have_count(1)
        guest.mpd.pause(0)


def test_the_small_player_at_the_bottom_is_heard_in_mpd(visit: Visit, home: Household) -> None:
    page = visit.go("now")
    heard(home, state="play")
    small = page.locator("#mini")
    small.get_by_role("button", name="Pause").click()
    heard(home, state="pause")
    small.get_by_role("button", name="Play").click()
    heard(home, state="play")
    before = home.heard()["songid"]
    small.get_by_role("button", name="Another song").click()
    until(lambda: home.heard().get("songid") not in (None, before), within_s=60)
    small.get_by_role("link").click()
    expect(page.locator("#play")).to_be_visible()


def test_volume_goes_to_mpd_and_comes_from_it(visit: Visit, home: Household) -> None:
    page = visit.go("play")
    page.locator("#volume").fill("23")
    heard(home, volume="23")
    with contextlib.closing(_Guest(home)) as guest:
        guest.mpd.setvol(31)
    expect(page.locator("#volume-words")).to_have_text("31 %")


def test_a_mood_chosen_by_hand_plays_and_automatic_takes_it_back(visit: Visit, home: Household) -> None:
    page = visit.go("play")
    for mood in EMOTIONS:
        chosen = page.locator(f"#moods [data-mood={mood}]")
        chosen.click()
        until(partial(plays_from, home, mood), within_s=60)
        expect(chosen).to_have_attribute("aria-pressed", "true")
        expect(page.locator("#title")).to_contain_text(mood)
    page.get_by_role("button", name="Automatic").click()
    until(lambda: home.state()["by_hand"] is None, within_s=60)


def test_a_playlist_is_chosen_on_the_page_and_the_list_follows_mpd(visit: Visit, home: Household) -> None:
    page = visit.go("play")
    playlists = page.get_by_label("Playlist")
    expect(playlists).to_be_hidden()
    name = '<img src="x"> & "Dinner"'
    keep_playlist(home.mpd, name, "fear/1.flac", "fear/0.flac")
    playlists.select_option(name)
    until(lambda: home.heard().get("file") == "fear/1.flac", within_s=60)
    playlists.select_option("Off")
    until(lambda: home.state()["playlist"] is None, within_s=60)
    keep_playlist(home.mpd, name)
    expect(playlists).to_be_hidden()


def test_somebody_elses_songs_wait_behind_a_mood_by_hand_and_can_be_gone_back_to(
    visit: Visit, home: Household
) -> None:
    page = visit.go("play")
    with contextlib.closing(_Guest(home)) as guest:
        guest.mpd.clear()
        for mood in ("sad", "fear"):
            guest.mpd.add(guest.mpd.lsinfo(mood)[0]["file"])
        guest.mpd.repeat(1)
        guest.mpd.play(0)
        theirs = guest.mpd.currentsong()["file"]
        expect(page.locator("#guest-words")).to_have_text("Their modes are on: repeat.")
        page.locator("#moods [data-mood=happy]").click()
        until(partial(plays_from, home, "happy"), within_s=60)
        expect(page.locator("#guest-words")).to_contain_text("Somebody else's songs wait.")
        assert home.heard()["repeat"] == "0"
        page.get_by_role("button", name="Let their songs go on").click()
        until(lambda: home.heard().get("file") == theirs, within_s=60)
        expect(page.locator("#guest")).to_be_hidden()
        heard(home, repeat="1")
        guest.mpd.repeat(0)
    page.locator("#moods [data-mood=happy]").click()
    until(partial(plays_from, home, "happy"), within_s=60)
    page.get_by_role("button", name="Automatic").click()
    until(lambda: home.state()["by_hand"] is None, within_s=60)


def test_a_liked_song_has_mpds_sticker(visit: Visit, home: Household) -> None:
    page = visit.go("play")
    from_the_beginning(home)
    song = home.heard()["file"]
    page.get_by_role("button", name="I like this song").click()
    with contextlib.closing(_Guest(home)) as guest:
        until(lambda: "like" in guest.mpd.sticker_list("song", song), within_s=60)
    expect(page.locator("#like")).to_have_attribute("aria-pressed", "true")


def test_sleep_timer_and_alarm(visit: Visit, home: Household) -> None:
    page = visit.go("play")
    page.get_by_label("Sleep timer").select_option("30")
    until(lambda: (home.state()["sleep_in_s"] or 0) > 1700, within_s=60)
    page.get_by_label("Sleep timer").select_option("0")
    until(lambda: home.state()["sleep_in_s"] is None, within_s=60)
    page.locator("#alarm").fill("07:15")
    page.locator("#alarm-set").click()
    until(lambda: home.state()["alarm"] == "07:15", within_s=60)
    expect(page.locator("#alarm-set")).to_have_text("Take it back")
    page.locator("#alarm").fill("07:45")
    page.locator("#alarm").blur()  # as a phone's wheel of hours does when it closes
    page.locator("#alarm-set", has_text="Set").click()
    until(lambda: home.state()["alarm"] == "07:45", within_s=60)
    page.locator("#alarm-set", has_text="Take it back").click()
    until(lambda: home.state()["alarm"] is None, within_s=60)


def test_camera_off_is_unmistakable_and_real(visit: Visit, home: Household) -> None:
    page = visit.go("now")
    page.locator("#camera-pill").click()
    expect(page.locator("#blind")).to_contain_text("The camera is off")
    expect(page.locator("#camera-pill")).to_contain_text("Camera off")
    until(lambda: home.client.get("/video_feed").status == 404, within_s=60)
    assert home.state()["camera"] == "off"
    assert home.heard()["state"] == "play"
    visit.keep("phone-camera-off")
    page.get_by_role("button", name="Turn the camera on").click()
    until(lambda: home.state()["seen"], within_s=60)
    page.goto(f"{home.url}/#play")
    switch = page.get_by_role("switch", name="Camera")
    for state in ("off", "on"):
        switch.click()
        until(partial(is_camera, home, state), within_s=60)
        expect(switch).to_have_attribute("aria-checked", "true" if state == "on" else "false")
    until(lambda: home.state()["seen"], within_s=60)


def test_a_like_that_mpd_does_not_keep_is_not_shown_as_liked(still: tuple[Served, Visit]) -> None:
    served, visit = still
    page = visit.go("play")
    like = page.get_by_role("button", name="I like this song")
    like.click()
    expect(page.locator("#toast")).to_have_text("MPD did not keep this like.")
    expect(like).to_have_attribute("aria-pressed", "false")
    served.box.snapshot = replace(served.box.snapshot, liked=True)
    like.click()
    expect(page.locator("#toast")).to_have_text("Marked as liked.")
    expect(like).to_have_attribute("aria-pressed", "true")


# --- Set up ------------------------------------------------------------------------------------------------


def test_the_first_steps_lead_through_everything(visit: Visit) -> None:
    page = visit.go("setup/first")
    expect(page.get_by_text("Face seen.")).to_be_visible()
    page.locator("#next").click()
    page.get_by_role("button", name="Play a song").click()
    page.locator("#next").click()
    expect(page.get_by_text("Every mood has songs.")).to_be_visible()
    page.locator("#next").click()
    page.get_by_label("Address of the MQTT broker").fill("127.0.0.1")
    page.get_by_label("Port").fill("1")
    page.get_by_role("button", name="Test").click()
    expect(page.locator(".problem", has_text=re.compile("127.0.0.1"))).to_be_visible()
    page.locator("#next").click()
    expect(page.get_by_label("A new password, 8 characters or more")).to_be_visible()
    page.locator("#next").click()
    expect(page.get_by_text("That is all.")).to_be_visible()
    page.get_by_role("link", name="Done").click()
    expect(page.locator("#now")).to_be_visible()


def test_a_setting_is_changed_on_the_page_and_holds_at_once(visit: Visit, home: Household) -> None:
    page = visit.go("setup/settings")
    page.locator("summary", has_text="Camera").click()
    page.locator("[id='set-camera.fps']").fill("500")
    page.locator("#save-settings").click()
    expect(page.locator(".problem", has_text="camera.fps")).to_be_visible()
    page.locator("[id='set-camera.fps']").fill("8")
    page.locator("#save-settings").click()
    until(lambda: "fps" in home.settings_file.read_text(), within_s=60)
    text = home.settings_file.read_text()
    assert tomllib.loads(text)["camera"]["fps"] == 8
    assert "# a film" in text
    until(lambda: _setting(home, "camera.fps") == 8, within_s=60)
    until(lambda: home.state()["seen"], within_s=60)
    assert home.heard()["state"] == "play"
    visit.complaints.clear()  # of the moment while the box began anew


def _setting(home: Household, path: str) -> object:
    with contextlib.suppress(OSError):
        sections = home.client.get("/api/settings").json["sections"]
        return next(key["value"] for section in sections for key in section["keys"] if key["path"] == path)
    return None


def test_songs_are_uploaded_into_a_mood(visit: Visit, home: Household, tmp_path: Path) -> None:
    write_tone(tmp_path / "Fresh Air.flac", "Fresh Air", "Somebody")
    (tmp_path / "letter.flac").write_bytes(b"Dear box" * 2_000_000)
    page = visit.go("setup/music")
    happy = page.locator(".drop[data-mood='happy'] input[type=file]")
    happy.set_input_files([tmp_path / "Fresh Air.flac"])
    expect(page.locator(".drop[data-mood='happy'] .count")).to_have_text("3 songs")
    with contextlib.closing(_Guest(home)) as guest:
        assert guest.mpd.find("file", "happy/Fresh Air.flac")
    happy = page.locator(".drop[data-mood='happy'] input[type=file]")
    happy.set_input_files([tmp_path / "letter.flac"])
    expect(page.locator(".drop[data-mood='happy'] .count")).to_contain_text("no song that the box knows")
    visit.complaints.clear()  # the browser's own line about the 415


@pytest.fixture
def unsure(home: Household) -> Iterator[str]:
    """A song in no mood's folder, of whose sound the coach is not sure."""
    uri = "albums/ballad.flac"
    write_tone(home.music / uri, "Ballad", "Nico")
    home.mpd.update()
    sound = Sound(-0.1, -0.4, 0.8, 0.3)
    with Shelf(home.database) as shelf:
        row = Row(uri, Stamp(1, 2, 1, 1), sound, "head", 30.0, -20.0, b"12", "Nico", "", "")
        shelf.keep(row, Progress(15, 1, None, None))
    until(lambda: home.client.get("/api/library").json["unsure"] == 1, within_s=60)
    yield uri
    (home.music / uri).unlink()
    home.mpd.update()


def of_mood(home: Household, mood: str) -> int:
    moods = home.client.get("/api/library").json["moods"]
    return next(int(each["by_coach"]) for each in moods if each["mood"] == mood)


def test_a_song_of_which_the_box_is_unsure_is_put_right_with_a_thumb(
    visit: Visit, home: Household, unsure: str
) -> None:
    page = visit.go("setup/library")
    song = page.locator(f".questions li[data-uri='{unsure}']")
    expect(song).to_contain_text("Ballad – Nico")
    song.get_by_role("button", name="Ballad – Nico: Sad").click()
    until(lambda: of_mood(home, "sad") == 1, within_s=60)
    song.get_by_role("button", name="Undo").click()
    until(lambda: of_mood(home, "sad") == 0, within_s=60)
    song.get_by_label("Another mood").select_option("surprise")
    until(lambda: of_mood(home, "surprise") == 1, within_s=60)
    song.get_by_role("button", name="Undo").click()
    until(lambda: of_mood(home, "surprise") == 0, within_s=60)


def test_the_map_leads_to_a_song_by_keys_and_by_touch(visit: Visit, home: Household, unsure: str) -> None:
    page = visit.go("setup/library")
    picture = page.get_by_role("slider", name="The songs by pleasure and energy")
    song = page.locator(f".map li[data-uri='{unsure}']")
    picture.press("ArrowRight")
    expect(song).to_contain_text("Ballad – Nico")
    expect(picture).to_have_attribute("aria-valuetext", "Ballad – Nico; pleasure -10, energy -40")
    page = visit.go("now")
    page = visit.go("setup/library")
    expect(song).to_have_count(0)
    picture.click()
    song.get_by_role("button", name="Ballad – Nico: Sad").click()
    until(lambda: of_mood(home, "sad") == 1, within_s=60)
    song.get_by_role("button", name="Undo").click()
    until(lambda: of_mood(home, "sad") == 0, within_s=60)


def test_a_song_is_dragged_where_it_belongs_and_back(visit: Visit, home: Household, unsure: str) -> None:
    page = visit.go("setup/library")
    picture = page.get_by_role("slider", name="The songs by pleasure and energy")
    song = page.locator(f".map li[data-uri='{unsure}']")
    picture.press("ArrowRight")
    picture.scroll_into_view_if_needed()
    frame = picture.bounding_box()
    assert frame

    def at(valence: float, arousal: float) -> tuple[float, float]:
        return (
            frame["x"] + frame["width"] * (0.5 + 0.46 * valence),
            frame["y"] + frame["height"] * (0.5 - 0.46 * arousal),
        )

    page.mouse.move(*at(-0.1, -0.4))
    page.mouse.down()
    page.mouse.move(*at(0.3, 0.1), steps=4)
    page.mouse.move(*at(0.8, 0.2), steps=4)
    page.mouse.up()
    expect(song.get_by_role("status")).to_contain_text("Happy")
    until(lambda: of_mood(home, "happy") == 1, within_s=60)
    song.get_by_role("button", name="Undo").click()
    until(lambda: of_mood(home, "happy") == 0, within_s=60)
    expect(picture).to_have_attribute("aria-valuetext", "Ballad – Nico; pleasure -10, energy -40")


def test_the_keyboard_moves_a_song_on_the_map_too(visit: Visit, home: Household, unsure: str) -> None:
    page = visit.go("setup/library")
    picture = page.get_by_role("slider", name="The songs by pleasure and energy")
    song = page.locator(f".map li[data-uri='{unsure}']")
    picture.press("ArrowRight")
    page.keyboard.down("Shift")
    for key in ("ArrowLeft", "ArrowLeft", "ArrowDown"):
        page.keyboard.press(key)
    page.keyboard.up("Shift")
    expect(picture).to_have_attribute("aria-valuetext", "Ballad – Nico: Sad; pleasure -30, energy -50")
    until(lambda: of_mood(home, "sad") == 1, within_s=60)
    song.get_by_role("button", name="Undo").click()
    until(lambda: of_mood(home, "sad") == 0, within_s=60)


def test_a_song_that_is_asked_about_is_listened_to_from_its_middle(
    visit: Visit, home: Household, unsure: str
) -> None:
    page = visit.go("setup/library")
    page.locator(f".questions li[data-uri='{unsure}']").get_by_role("button", name="Listen to").click()
    until(lambda: home.heard().get("file") == unsure and float(home.heard().get("elapsed", 0)) > 1, 60)


def test_the_page_follows_a_scan(visit: Visit, home: Household) -> None:
    with Shelf(home.database) as shelf, alone(home.database):
        shelf.tell(Progress(200, 50, 5400.0, None))
        page = visit.go("setup/library")
        expect(page.locator(".scan")).to_contain_text("50 of 200 songs are heard; 2 h left")
        shelf.tell(Progress(200, 51, 60.0, None))
        expect(page.locator(".scan")).to_contain_text("51 of 200 songs are heard; 60 s left")
    expect(page.get_by_role("button", name="Hear the songs")).to_be_visible()


def test_of_songs_that_are_partly_taken_those_are_counted_and_the_others_told(
    visit: Visit, tmp_path: Path
) -> None:
    write_tone(tmp_path / "Good.flac", "Good", "Somebody")
    (tmp_path / "bad.flac").write_bytes(b"no music")
    page = visit.go("setup/music")
    count = page.locator(".drop[data-mood='neutral'] .count")
    expect(count).to_have_text("2 songs")
    chooser = page.locator(".drop[data-mood='neutral'] input[type=file]")
    chooser.set_input_files([tmp_path / "bad.flac", tmp_path / "Good.flac"])
    expect(count).to_contain_text("3 songs; bad.flac: ")
    visit.complaints.clear()  # the browser's own line about the 415


def test_songs_are_counted_again_until_mpd_has_looked_at_them(
    visit: Visit, home: Household, tmp_path: Path
) -> None:
    """On a small board it may take MPD a while: it looks when nothing else is to be done."""
    write_tone(tmp_path / "Late.flac", "Late", "Somebody")
    page = visit.go("setup/music")
    count = page.locator(".drop[data-mood='surprise'] .count")
    expect(count).to_have_text("2 songs")
    before, asked = home.client.get("/api/music").body, 0

    def answer_late(route: Route) -> None:
        nonlocal asked
        asked += 1
        if asked > 2:
            route.continue_()
        else:
            route.fulfill(body=before, content_type="application/json")

    page.route("**/api/music", answer_late)
    page.locator(".drop[data-mood='surprise'] input[type=file]").set_input_files(tmp_path / "Late.flac")
    expect(count).to_have_text("3 songs")
    assert asked > 2
    page.unroute("**/api/music")


DROP = """([target, name, bytes]) => {
    const carried = new DataTransfer();
    carried.items.add(new File([Uint8Array.from(atob(bytes), (sign) => sign.charCodeAt(0))], name));
    const place = document.querySelector(target);
    for (const kind of ["dragenter", "dragover", "drop"])
        place.dispatchEvent(new DragEvent(kind, { dataTransfer: carried, bubbles: true, cancelable: true }));
}"""


def test_songs_are_dropped_onto_a_mood(visit: Visit, home: Household, tmp_path: Path) -> None:
    write_tone(tmp_path / "Dropped.flac", "Dropped", "Somebody")
    packed = base64.b64encode((tmp_path / "Dropped.flac").read_bytes()).decode()
    page = visit.go("setup/music")
    expect(page.locator(".drop[data-mood='fear'] .count")).to_have_text("2 songs")
    page.evaluate(DROP, [".drop[data-mood='fear']", "Dropped.flac", packed])
    expect(page.locator(".drop[data-mood='fear'] .count")).to_have_text("3 songs")
    with contextlib.closing(_Guest(home)) as guest:
        assert guest.mpd.find("file", "fear/Dropped.flac")


DROP_WORDS = """(target) => {
    const carried = new DataTransfer();
    carried.setData("text/plain", "https://radio.example");
    const dropped = new DragEvent("drop", { dataTransfer: carried, bubbles: true, cancelable: true });
    document.querySelector(target).dispatchEvent(dropped);
}"""


def drop(page: Page, mood: str, path: Path) -> None:
    """Drop a file or a folder of this machine onto the mood, as a hand does."""
    place = page.locator(f".drop[data-mood='{mood}']")
    place.scroll_into_view_if_needed()
    box = place.bounding_box()
    assert box
    carried = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
    link = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        at = {"x": box["x"] + 20, "y": box["y"] + 20, "data": carried}
        link.send("Input.dispatchDragEvent", {"type": kind, **at})


def test_a_folder_is_dropped_onto_a_mood(home: Household, surfer: Surfer, tmp_path: Path) -> None:
    album = tmp_path / "My Album"
    for name in ("CD 1/01.flac", "CD 2/01.flac", ".hidden/x.flac", "._twin.flac"):
        write_tone(album / name, name, "Somebody")
    (album / "cover.jpg").write_bytes(b"\xff\xd8\xff")
    (tmp_path / "Empty").mkdir()
    with surfer.visit(home.url, DESKTOP) as visit:
        page = visit.go("setup/music")
        count = page.locator(".drop[data-mood='disgust'] .count")
        expect(count).to_have_text("2 songs")
        drop(page, "disgust", album)
        expect(count).to_have_text("4 songs")
        drop(page, "disgust", tmp_path / "Empty")
        expect(count).to_have_text("Empty: no songs in this folder")
        page.evaluate(DROP_WORDS, ".drop[data-mood='disgust']")
        expect(count).to_have_text("This is neither a song nor a folder.")
        assert not visit.complaints
    with contextlib.closing(_Guest(home)) as guest:
        for disc in (1, 2):
            assert guest.mpd.find("file", f"disgust/My Album/CD {disc}/01.flac")
    assert len(list((home.music / "disgust" / "My Album").rglob("*"))) == 4


def test_a_song_that_vanishes_before_it_is_sent_is_told_from_a_box_that_is_off(
    visit: Visit, tmp_path: Path
) -> None:
    song = tmp_path / "Gone.flac"
    write_tone(song)
    page = visit.go("setup/music")
    chooser = page.locator(".drop[data-mood='angry'] input[type=file]")
    count = page.locator(".drop[data-mood='angry'] .count")
    page.route("**/api/music/angry/*", lambda route: route.abort())
    chooser.set_input_files(song)
    expect(count).to_contain_text("The box does not answer.")
    page.unroute("**/api/music/angry/*")

    def vanish(route: Route) -> None:
        song.unlink()
        route.abort()

    page.route("**/api/music/angry/*", vanish)
    chooser.set_input_files(song)
    expect(count).to_have_text("Gone.flac: cannot be read")
    page.unroute("**/api/music/angry/*")
    visit.complaints.clear()  # the browser's own lines


def test_backup_log_health_and_language(visit: Visit) -> None:
    logging.getLogger("appliance.test").warning("the door squeaks")
    page = visit.go("setup/backup")
    with page.expect_download() as download:
        page.get_by_role("link", name="Save a backup").click()
    saved = download.value.path()
    page.get_by_label("A backup of this or another box").set_input_files(saved)
    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_text("Restored: moodbox.toml")).to_be_visible()
    page = visit.go("setup/log")
    expect(page.locator(".log")).to_contain_text("the door squeaks")
    page = visit.go("setup/health")
    expect(page.locator(".checks li").first).to_be_visible()
    page = visit.go("setup/language")
    page.get_by_label("Language of this page").select_option("de")
    expect(page.locator(".tabs")).to_contain_text("Einrichten")
    visit.complaints.clear()  # of the moment while the box began anew


def test_a_panel_opened_while_the_box_is_away_is_filled_when_it_is_back(visit: Visit) -> None:
    tries = 0

    def is_away_at_first(route: Route) -> None:
        nonlocal tries
        tries += 1
        route.abort("connectionrefused") if tries <= 9 else route.continue_()

    page = visit.go("now")
    page.route("**/api/doctor", is_away_at_first)
    page.get_by_role("link", name="Set up", exact=True).click()
    page.get_by_role("link", name="Health").click()
    expect(page.locator(".checks li").first).to_be_visible()
    assert tries == 10
    visit.complaints.clear()  # of the tries


def test_the_owner_lets_home_assistant_in_by_the_number_that_it_shows(
    surfer: Surfer, music_folder: Path, tmp_path: Path
) -> None:
    with Household(tmp_path, music_folder) as home, surfer.visit(home.url) as owner:
        page = owner.go("setup/access")
        page.get_by_label("A new password, 8 characters or more").fill(PASSWORD)
        page.get_by_role("button", name="Set the password").click()
        expect(page.get_by_role("heading", name="Tokens for scripts")).to_be_visible()
        there = Client(home.client.port)
        asked = there.post("/api/pairing", {"name": "Home Assistant"}).json
        expect(
            page.get_by_role("heading", name="Home Assistant at 127.0.0.1 asks for a token")
        ).to_be_visible()
        page.get_by_label("The number that it shows").fill(str(asked["presses"]))
        page.get_by_role("button", name="Let it in").click()
        expect(page.get_by_text("It is let in")).to_be_visible()
        taken = there.ask("PUT", "/api/pairing", {"key": asked["key"]}).json
        assert taken["stage"] == "confirmed"
        there.headers["Authorization"] = f"Bearer {taken['token']}"
        assert there.get("/api/state").status == 200


def test_the_password_closes_the_page_and_opens_it(
    surfer: Surfer, music_folder: Path, tmp_path: Path
) -> None:
    with Household(tmp_path, music_folder) as home, surfer.visit(home.url) as owner:
        page = owner.go("setup/access")
        page.get_by_label("A new password, 8 characters or more").fill(PASSWORD)
        page.get_by_role("button", name="Set the password").click()
        expect(page.get_by_role("heading", name="Tokens for scripts")).to_be_visible()
        page.get_by_label("Name of the token").fill("doorbell")
        page.get_by_role("button", name="Make a token").click()
        token = page.locator(".secret").text_content()
        script = Client(home.client.port, {"Authorization": f"Bearer {token}"})
        assert script.get("/api/state").status == 200
        page.get_by_role("button", name="Take back").click()
        expect(page.get_by_role("button", name="Take back")).to_have_count(0)
        assert script.get("/api/state").status == 401
        with surfer.visit(home.url) as guest:
            door = guest.page
            door.goto(home.url)
            expect(door).to_have_url(f"{home.url}/login")
            guest.keep("phone-login")
            door.get_by_label("Password").fill("wrong horse!")
            door.get_by_role("button", name="Log in").click()
            expect(door.get_by_text("That is not the password.")).to_be_visible()
            door.get_by_label("Password").fill(PASSWORD)
            door.get_by_role("button", name="Log in").click()
            expect(door.locator("#mood-name")).not_to_have_text("–")
            door.goto(f"{home.url}/#setup/access")
            door.get_by_role("button", name="Log out").click()
            expect(door).to_have_url(f"{home.url}/login")


@pytest.mark.parametrize("tells", [True, False], ids=["told", "untold"])
def test_behind_a_proxy_the_page_works_under_a_path(
    tells: bool, surfer: Surfer, own_music: Path, tmp_path: Path
) -> None:
    write_tone(tmp_path / "Sent.flac", "Sent", "Somebody")
    with contextlib.ExitStack() as running:
        mpd = running.enter_context(PrivateMpd(tmp_path / "mpd", own_music))
        served = running.enter_context(Served(tmp_path, mpd.address))
        proxy = running.enter_context(Proxy(served.page.port, tells))
        visit = running.enter_context(surfer.visit(proxy.url, DESKTOP))
        served.with_password()
        served.frame(1.0)
        page = visit.page
        page.goto(f"{proxy.url}/")
        expect(page).to_have_url(f"{proxy.url}/login")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        expect(page).to_have_url(f"{proxy.url}/")
        cookie = page.context.cookies()[0]
        assert cookie["path"] == ("/moodbox/" if tells else "/")
        visit.go("now")
        expect(page.locator("#picture")).to_be_visible()
        visit.until("document.querySelector('#picture').naturalWidth > 0 || null")
        served.box.snapshot = replace(served.box.snapshot, why="Because of an event")
        served.show()
        expect(page.locator("#why")).to_have_text("Because of an event")
        visit.go("setup/music")
        chooser = page.locator(".drop[data-mood='happy'] input[type=file]")
        chooser.set_input_files(tmp_path / "Sent.flac")
        expect(page.locator(".drop[data-mood='happy'] .count")).to_have_text("3 songs")
        visit.go("setup/language")
        for place in PLACES:
            visit.go(place)
        manifest = page.evaluate("""async () => {
            const at = document.querySelector("link[rel=manifest]").href;
            const said = await (await fetch(at)).json();
            return [said.start_url, said.icons[0].src].map((path) => new URL(path, at).href);
        }""")
        assert manifest == [f"{proxy.url}/", f"{proxy.url}/static/icon.svg"]
        visit.go("setup/access")
        page.get_by_role("button", name="Log out").first.click()
        expect(page).to_have_url(f"{proxy.url}/login")
        assert proxy.missed == []
        assert visit.outside == []


@pytest.fixture
def still(surfer: Surfer, tmp_path: Path) -> Iterator[tuple[Served, Visit]]:
    """A box that only remembers what it is told: it may be told to power off."""
    with Served(tmp_path, try_broker=lambda form: None) as served:
        served.settings_file.write_text("# mine\n[camera]\nfps = 5   # slow\n")
        with surfer.visit(f"http://127.0.0.1:{served.page.port}") as visit:
            yield served, visit


def test_a_queue_that_cannot_be_had_is_not_asked_for_at_each_change(still: tuple[Served, Visit]) -> None:
    """Without MPD a page asked six times a second, and the box tried to connect each time."""
    served, visit = still
    asked = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=503, body="{}")

    visit.page.route("**/api/queue", refuse)
    visit.page.clock.install()
    page = visit.go("now")
    for number in range(9):
        served.box.snapshot = replace(served.box.snapshot, why=f"Because of {number}")
        served.show()
        expect(page.locator("#why")).to_have_text(f"Because of {number}")
        until(lambda: asked, within_s=60)
    assert len(asked) == 1

    def is_asked_again() -> bool:
        page.clock.run_for(5000)
        return len(asked) > 1

    until(is_asked_again, within_s=60)


def test_a_scan_that_is_slow_to_begin_is_waited_for(still: tuple[Served, Visit]) -> None:
    """After three seconds its button stood there again, as if nobody had pressed it, and no more came."""
    served, visit = still
    coach, begin = served.coach, visit.page.get_by_role("button", name="Hear the songs")
    visit.page.clock.install()
    page = visit.go("setup/library")
    begin.click()
    until(lambda: coach.scans == 1, within_s=60)
    expect(page.locator(".scan")).to_contain_text("The box begins to listen.")

    def look_again() -> bool:
        before = len(looks)
        page.clock.run_for(3000)
        return len(looks) > before

    looks: list[str] = []
    page.on("requestfinished", lambda request: looks.append(request.url))
    until(look_again, within_s=60)
    expect(begin).to_be_disabled()
    for scan, words in ((None, "The box begins to listen."), (Progress(9, 4, 60.0, None), "4 of 9")):
        coach.known = replace(coach.known, is_scanning=True, scan=scan)
        until(look_again, within_s=60)
        expect(page.locator(".scan")).to_contain_text(words)
        expect(begin).to_have_count(0)
    coach.known = replace(coach.known, is_scanning=False)
    until(look_again, within_s=60)
    expect(begin).to_be_enabled()


def test_the_update_is_shown_installed_and_followed(surfer: Surfer, tmp_path: Path) -> None:
    known = News("99.0", "More <b>music</b>\nFewer faults", "https://example.org/99.0")
    told = [known]
    with contextlib.ExitStack() as running:
        served = running.enter_context(Served(tmp_path, news=lambda: told[0]))
        visit = running.enter_context(surfer.visit(f"http://127.0.0.1:{served.page.port}"))
        page = visit.go("setup/update")
        panel = page.locator("#panel")
        expect(panel).to_contain_text("Version 99.0 can be installed.")
        expect(panel).to_contain_text("More <b>music</b>")
        expect(page.get_by_role("link", name="All that is new")).to_have_attribute("href", known.page)
        page.get_by_role("button", name="Install").click()
        until(lambda: served.box.taken == [InstallUpdate(source="page")])
        told[0] = replace(known, is_going_on=True, percent=40)
        expect(panel).to_contain_text("Being installed: 40 %")
        expect(page.get_by_role("button", name="Install")).to_be_hidden()
        told[0] = replace(known, failed="no room on the card")
        expect(panel).to_contain_text("The last update did not succeed: no room on the card")
        told[0] = News()
        expect(panel).to_contain_text("The box asks nobody for newer releases")


def test_switching_off_asks_first(still: tuple[Served, Visit]) -> None:
    served, visit = still
    page = visit.go("setup/power")
    page.get_by_role("button", name="Restart").click()
    until(lambda: served.box.reloads == 1)
    page.get_by_role("button", name="Switch off").click()
    expect(page.get_by_role("button", name="Yes, switch it off")).to_be_focused()
    assert served.box.taken == []
    page.get_by_role("button", name="Yes, switch it off").click()
    until(lambda: served.box.taken == [PowerOff(source="page")])


def test_changes_are_thrown_away_or_taken_back_to_the_default(still: tuple[Served, Visit]) -> None:
    served, visit = still
    page = visit.go("setup/settings")
    page.locator("summary", has_text="Camera").click()
    fps = page.locator("[id='set-camera.fps']")
    expect(fps).to_have_value("10")  # what is in force: this box does not begin anew
    fps.fill("7")
    expect(page.get_by_text("1 changed")).to_be_visible()
    page.get_by_role("button", name="Discard").click()
    expect(page.locator("#save-settings")).to_be_hidden()
    page.locator("summary", has_text="Camera").click()
    page.locator(".field", has=fps).get_by_role("button", name="Default").click()
    page.locator("#save-settings").click()
    until(lambda: "fps" not in served.settings_file.read_text())
    assert served.settings_file.read_text().startswith("# mine")


def test_a_number_is_chosen_from_a_list(still: tuple[Served, Visit]) -> None:
    served, visit = still
    page = visit.go("setup/settings")
    page.locator("summary", has_text="Camera").click()
    rotation = page.locator("[id='set-camera.rotation']")
    expect(rotation).to_have_value("0")
    rotation.select_option("180")
    page.locator("#save-settings").click()
    until(lambda: _kept(served, "rotation") == 180)


def test_the_first_steps_turn_and_mirror_the_picture(still: tuple[Served, Visit]) -> None:
    served, visit = still
    page = visit.go("setup/first")
    page.get_by_role("button", name="Turn the picture").click()
    until(lambda: _kept(served, "rotation") == 90)
    page.get_by_role("button", name="Mirror the picture").click()
    until(lambda: _kept(served, "mirror") is True)
    assert served.settings_file.read_text().startswith("# mine")
    until(lambda: served.box.reloads == 2)


def test_a_camera_that_is_switched_off_leaves_no_picture_in_the_first_steps(
    still: tuple[Served, Visit],
) -> None:
    """The last frame stood there, with whoever had been in it, until the step was left."""
    served, visit = still
    page = visit.go("setup/first")
    picture = page.locator(".aim img")
    expect(picture).to_be_visible()
    for camera, src in ((CameraState.OFF, None), (CameraState.ON, "api/live")):
        served.box.snapshot = replace(served.box.snapshot, camera=camera)
        served.show()
        expect(picture).to_be_visible(visible=src is not None)
        assert picture.get_attribute("src") == src
    page.locator("#next").click()
    assert page.locator(".aim img").count() == 0
    until(lambda: served.client.get("/api/state").json["viewers"] == 0)


def _kept(served: Served, key: str) -> object:
    return tomllib.loads(served.settings_file.read_text())["camera"].get(key)


def test_the_file_itself_is_checked_and_saved(still: tuple[Served, Visit]) -> None:
    served, visit = still
    page = visit.go("setup/settings")
    page.locator("summary", has_text="The file itself").click()
    text = page.get_by_label("moodbox.toml")
    expect(text).to_have_value("# mine\n[camera]\nfps = 5   # slow\n")
    text.fill("[camera]\nfps = 500\n")
    page.get_by_role("button", name="Check and save").click()
    expect(page.locator(".problem", has_text="camera.fps")).to_be_visible()
    text.fill("[camera]\nfps = 9\n")
    page.get_by_role("button", name="Check and save").click()
    until(lambda: served.settings_file.read_text() == "[camera]\nfps = 9\n")


def test_the_broker_is_tried_and_saved_in_the_first_steps(still: tuple[Served, Visit]) -> None:
    served, visit = still
    page = visit.go("setup/first")
    page.locator("#next").click()
    page.locator("#first-volume").fill("33")
    until(lambda: served.box.taken == [SetVolume(33, source="page")])
    page.locator("#next").click()
    page.locator("#next").click()
    page.get_by_label("Address of the MQTT broker").fill("homeassistant.local")
    page.get_by_label("User name").fill("me")
    page.get_by_label("Password").fill("sesame")
    page.get_by_role("button", name="Test").click()
    expect(page.get_by_text("The broker answers.")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    until(lambda: "mqtt" in served.settings_file.read_text())
    saved = tomllib.loads(served.settings_file.read_text())["mqtt"]
    assert (saved["broker"], saved["username"], saved["password"]) == ("homeassistant.local", "me", "sesame")
    page.get_by_role("button", name="Back").last.click()
    expect(page.get_by_text("Music for every mood")).to_be_visible()


def test_a_backup_is_asked_for_with_what_is_ticked_and_the_log_from_a_level(
    still: tuple[Served, Visit],
) -> None:
    _, visit = still
    logging.getLogger("appliance.test").warning("a quiet word")
    page = visit.go("setup/backup")
    page.get_by_label("with passwords and tokens").check()
    page.get_by_label("with what the box remembers of you").check()
    link = page.get_by_role("link", name="Save a backup")
    expect(link).to_have_attribute("href", "api/backup?secrets=true&history=true")
    page = visit.go("setup/log")
    expect(page.locator(".log")).to_contain_text("a quiet word")
    page.get_by_label("From level").select_option("error")
    expect(page.locator(".log")).not_to_contain_text("a quiet word")
    logging.getLogger("appliance.test").error("a loud one")
    page.get_by_role("button", name="Refresh").click()
    expect(page.locator(".log")).to_contain_text("a loud one")


@pytest.mark.parametrize(
    ("language", "says"), [("en-GB", "Nobody came back"), ("hi-IN", "कोई पेज पर वापस नहीं आया")]
)
def test_settings_that_were_taken_back_are_told_in_words(
    surfer: Surfer, tmp_path: Path, language: str, says: str
) -> None:
    with Served(tmp_path) as served:
        told = f"{tmp_path}/moodbox.toml: nobody came back to the page"
        served.box.snapshot = replace(served.box.snapshot, degraded={"change": told})
        with surfer.visit(f"http://127.0.0.1:{served.page.port}") as visit:
            page = visit.go("now")
            page.evaluate(f"localStorage.setItem('language', '{language[:2]}')")
            page.reload()
            expect(page.locator("#banners")).to_contain_text(says)
            expect(page.locator("#banners")).not_to_contain_text("/moodbox.toml:")


HOSTILE = """<img src=x onerror="window.broken=1">'"><script>window.broken=1</script>${1}"""


def test_words_that_would_be_a_program_are_just_shown(surfer: Surfer, tmp_path: Path) -> None:
    """A song's tags, a reason, a setting, a line of the log, what the doctor says: all of them foreign."""
    song = Song(f"happy/{HOSTILE}.flac", HOSTILE, HOSTILE, HOSTILE, 60.0)
    found = [SimpleNamespace(name=HOSTILE, ok=False, fix=HOSTILE, found=HOSTILE)]
    with Served(tmp_path, problems=(HOSTILE,), checks=lambda: found) as served:
        degraded = {HOSTILE: HOSTILE}
        served.box.snapshot = replace(served.box.snapshot, song=song, why=HOSTILE, degraded=degraded)
        served.settings_file.write_text(f"[page]\nhosts = {json.dumps([HOSTILE])}\n")
        served.show()
        logging.getLogger("appliance.test").warning(HOSTILE)
        with surfer.visit(f"http://127.0.0.1:{served.page.port}", DESKTOP) as visit:
            for place, where in (
                ("now", "#why"),
                ("now", "#banners"),
                ("now", "#strip"),
                ("play", "#title"),
                ("play", "#artist"),
                ("setup/log", ".log"),
                ("setup/health", ".checks"),
                ("setup/settings", "#panel .problem"),
            ):
                page = visit.go(place)
                expect(page.locator(where).first).to_contain_text(HOSTILE)
                assert page.evaluate("window.broken") is None
                assert page.locator("img[src=x], #content script").count() == 0
            page = visit.go("setup/settings")
            page.locator("summary", has_text="The file itself").click()
            expect(page.locator("#settings-file")).to_have_value(re.compile(re.escape("<img src=x")))
            assert [words for words in visit.complaints if "Failed to load resource" not in words] == []


# --- people ------------------------------------------------------------------------------------------------


def test_the_songs_to_put_right_are_for_thumbs_and_for_screen_readers(
    surfer: Surfer, home: Household, unsure: str
) -> None:
    with surfer.visit(home.url, SMALL_PHONE, reduced_motion="reduce") as visit:
        page = visit.go("setup/library")
        page.get_by_role("slider").press("ArrowRight")
        expect(page.locator(f"li[data-uri='{unsure}']")).to_have_count(2)  # on the map, and in the list
        found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
        assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
        assert page.evaluate(TARGETS, SMALLEST_TARGET) == []
        assert page.evaluate("document.documentElement.scrollWidth - screen.width") <= 0


class _Guest:
    """Somebody else's MPD client."""

    def __init__(self, home: Household) -> None:
        self.mpd = home.mpd.client()

    def close(self) -> None:
        self.mpd.disconnect()
