"""What is said on each topic, and how often."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mqtt_box import HAPPY, MUSIC

from appliance.errors import CommandRejected
from appliance.homeassistant.orders import NAMES, read
from appliance.homeassistant.states import LONGEST_STATE, Health, Outbox, State, Stir, states
from appliance.machine.heat import soc_temperature
from appliance.machine.upgrade import News
from appliance.protocol.commands import Command
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.looks import AWAY, UNSURE, Mood, Nobody
from appliance.protocol.messages import Song
from appliance.protocol.snapshot import CameraState, Playing

HEALTH = Health("1.0", temperature_c=48.25)


def said(topic: str, **changes: Any) -> str:
    return states(replace(MUSIC, **changes), HEALTH)[topic].payload


def facts(topic: str, **changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(said(topic, **changes))
    return found


def test_looks_that_move_figures_alone_wake_the_link_once_a_second_and_a_word_at_once() -> None:
    stir = Stir(floor_s=1.0)
    mood = MUSIC.mood
    looks = [
        replace(
            MUSIC,
            at=MUSIC.at + n / 10,
            elapsed_s=n / 10,
            mood=replace(mood, probabilities=tuple(each * (1 - n / 1000) for each in mood.probabilities)),
        )
        for n in range(100)
    ]
    woken = [stir.is_worth(look, 50 + n / 10) for n, look in enumerate(looks)]
    assert woken[0]
    assert sum(woken) == pytest.approx(10, abs=1)
    assert stir.is_worth(replace(looks[-1], volume=3), 59.91)
    assert not stir.is_worth(replace(looks[-1], volume=3), 59.92)
    other = replace(mood, probabilities=(*mood.probabilities[1:], mood.probabilities[0]))
    assert stir.is_worth(replace(looks[-1], volume=3, mood=other), 59.93)


def test_the_emotion_comes_with_its_confidence_and_all_seven_probabilities() -> None:
    found = facts("emotion")
    assert (found["emotion"], found["confidence"]) == ("happy", 0.94)
    assert set(found["probabilities"]) == set(EMOTIONS)
    assert sum(found["probabilities"].values()) == pytest.approx(1.0)


def test_an_unsure_mood_still_tells_the_likeliest_emotion() -> None:
    assert facts("emotion", mood=Mood(UNSURE, 0.0, HAPPY))["emotion"] == "happy"
    assert said("mood", mood=Mood(UNSURE, 0.0, HAPPY)) == "unsure"


@pytest.mark.parametrize(
    "changes",
    [
        {"mood": Mood(AWAY, 0.0)},
        {"mood": Mood(UNSURE, 0.0)},
        {"camera": CameraState.OFF},
        {"camera": CameraState.LOST},
    ],
)
def test_without_a_face_or_a_camera_there_is_no_emotion(changes: dict[str, Any]) -> None:
    found = facts("emotion", **changes)
    assert found["emotion"] is None
    assert found["confidence"] is None
    assert set(found["probabilities"].values()) == {None}


def test_presence_is_known_only_to_an_open_camera() -> None:
    assert said("presence") == "ON"
    assert said("presence", mood=Mood(AWAY, 0.0)) == "OFF"
    assert said("presence", mood=Mood(UNSURE, 0.0)) == "None"
    assert said("presence", mood=Mood(AWAY, 0.0), camera=CameraState.OFF) == "None"


def test_faces_are_counted_by_an_open_camera_only() -> None:
    assert (said("faces"), said("faces", faces=0)) == ("1", "0")
    assert said("faces", faces=0, camera=CameraState.OFF) == "None"
    assert said("faces", faces=0, camera=CameraState.LOST) == "None"


def test_the_camera_switch_shows_what_people_want_and_not_what_broke() -> None:
    assert said("camera") == said("camera", camera=CameraState.LOST) == "ON"
    assert said("camera", camera=CameraState.OFF) == "OFF"


def test_playback_volume_and_mode_in_home_assistant_s_words() -> None:
    assert [said("playback", playing=state) for state in Playing] == ["playing", "paused", "stopped"]
    assert (said("volume"), said("volume", volume=None)) == ("40", "None")
    assert (said("alarm"), said("alarm", alarm=time(7, 5))) == ("OFF", "07:05")
    assert (said("mode"), said("mode", by_hand="sad")) == ("automatic", "sad")


def test_the_sleep_timer_counts_whole_minutes_down_to_none() -> None:
    left = [said("sleep", sleep_at=100.0 + seconds) for seconds in (1800, 1799, 60.5, 1, 0, -5)]
    assert left == ["30", "30", "2", "1", "0", "0"]
    assert said("sleep") == "0"


def test_a_song_without_tags_has_the_name_of_its_file() -> None:
    found = facts("song", song=Song("sad/Gloomy Sunday.flac"))
    assert (found["title"], found["artist"], found["album"]) == ("Gloomy Sunday", None, None)
    assert facts("song", song=None, why="")["title"] is None


def test_a_text_is_never_longer_than_a_state_may_be() -> None:
    found = facts("song", song=Song("x", title="é" * 400, artist="a" * 255), why="w" * 256)
    assert [len(found[key]) for key in ("title", "artist", "why")] == [255, 255, 255]
    assert found["title"].endswith("…")
    assert len(facts("degraded", degraded={"camera": "c" * 300})["reasons"]) == 255


def test_a_name_that_is_no_valid_unicode_does_not_stop_the_rest() -> None:
    said("song", song=Song("x", title="broken \udcff name")).encode()


def test_what_is_degraded_is_said_with_its_reasons() -> None:
    assert facts("degraded") == {"problem": "OFF", "reasons": "nothing"}
    found = facts("degraded", degraded={"player": "gone", "camera": "unplugged"})
    assert found == {"problem": "ON", "reasons": "camera: unplugged; player: gone"}


def test_the_box_tells_its_temperature_its_version_and_what_a_look_took() -> None:
    found = facts("box")
    assert found == {
        "temperature": 48.2,
        "inference_ms": 5.0,
        "version": "1.0",
        "refused": 0,
        "why_refused": None,
    }
    assert facts("box", looked=Nobody(1.0))["inference_ms"] is None
    assert json.loads(states(MUSIC, Health("1"))["box"].payload)["temperature"] is None


def test_the_temperature_is_the_processor_s(tmp_path: Path) -> None:
    for number, (kind, celsius) in enumerate([("acpitz", "20000"), ("cpu-thermal", "48250")]):
        zone = tmp_path / f"thermal_zone{number}"
        zone.mkdir()
        (zone / "type").write_text(f"{kind}\n")
        (zone / "temp").write_text(f"{celsius}\n")
    assert soc_temperature(tmp_path) == 48.25
    (tmp_path / "thermal_zone1" / "temp").write_text("off")
    assert soc_temperature(tmp_path) is None
    assert soc_temperature(tmp_path / "none") is None


# --- how often ---------------------------------------------------------------------------------------------


def word(payload: str) -> State:
    return State(payload, payload)


def test_the_first_word_and_a_change_after_a_pause_go_out_at_once() -> None:
    outbox = Outbox(1.0, 10.0)
    outbox.want({"mood": word("happy")})
    assert outbox.due(0.0) == [("mood", "happy")]
    outbox.want({"mood": word("sad")})
    assert outbox.due(5.0) == [("mood", "sad")]


def test_what_has_not_changed_is_not_said_again() -> None:
    outbox = Outbox(1.0, 10.0)
    outbox.want({"mood": word("happy")})
    outbox.due(0.0)
    assert outbox.due(1000.0) == []
    assert outbox.next_at() is None


def test_changes_within_the_floor_wait_and_only_the_newest_is_said() -> None:
    outbox = Outbox(1.0, 10.0)
    outbox.want({"volume": word("1")})
    outbox.due(0.0)
    for number in range(2, 50):
        outbox.want({"volume": word(str(number))})
        assert outbox.due(number / 100) == []
    assert outbox.next_at() == 1.0
    assert outbox.due(1.0) == [("volume", "49")]


def test_a_change_that_is_taken_back_within_the_floor_is_never_said() -> None:
    outbox = Outbox(1.0, 10.0)
    for volume, now in (("1", 0.0), ("2", 0.1), ("1", 0.2)):
        outbox.want({"volume": word(volume)})
        outbox.due(now)
    assert outbox.due(5.0) == []


def test_figures_wait_for_their_own_floor_unless_the_word_changes() -> None:
    outbox = Outbox(1.0, 10.0)
    outbox.want({"emotion": State("happy 90", "happy")})
    outbox.due(0.0)
    outbox.want({"emotion": State("happy 91", "happy")})
    assert outbox.due(5.0) == []
    assert outbox.due(10.0) == [("emotion", "happy 91")]
    outbox.want({"emotion": State("sad 60", "sad")})
    assert outbox.due(11.0) == [("emotion", "sad 60")]


def test_after_forgetting_everything_is_said_again() -> None:
    outbox = Outbox(1.0, 10.0)
    outbox.want({"mood": word("happy")})
    outbox.due(0.0)
    outbox.forget()
    assert outbox.next_at() == -math.inf
    assert outbox.due(0.1) == [("mood", "happy")]


# --- orders ------------------------------------------------------------------------------------------------


@given(
    name=st.sampled_from([*NAMES, "fence", "", "é"]), payload=st.binary(max_size=200), retained=st.booleans()
)
def test_any_bytes_become_a_command_or_a_refusal_that_repeats_nothing_of_them(
    name: str, payload: bytes, retained: bool
) -> None:
    try:
        command = read(name, payload, retained, may_power_off=True)
    except CommandRejected as error:
        words = str(error)
    else:
        words = ""
        assert isinstance(command, Command)
        assert not retained
    assert len(words) < 200
    assert len(payload) < 8 or payload.decode(errors="replace") not in words


@given(text=st.text(max_size=64))
def test_any_text_in_a_known_order_is_safe(text: str) -> None:
    for name in NAMES:
        try:
            command = read(name, text.encode("utf-8", "replace"), retained=False, may_power_off=False)
        except CommandRejected:
            continue
        assert command.source == "mqtt"


@pytest.mark.parametrize("text", ["40", "40.0", " 40 ", "4e1", "39.5", "40.4"])
def test_a_slider_s_number_in_any_spelling_is_a_whole_one(text: str) -> None:
    assert read("volume", text.encode(), retained=False, may_power_off=False) == read(
        "volume", b"40", retained=False, may_power_off=False
    )


@pytest.mark.parametrize("text", ["-1", "100.5", "1e400", "inf", "-inf", "nan", "0x20", "forty"])
def test_a_volume_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(CommandRejected):
        read("volume", text.encode(), retained=False, may_power_off=False)


NEWER = News("1.2.0", "- It sings.", "https://example.org/moodbox-1.2.0.md")


@pytest.mark.parametrize(
    ("news", "latest", "summary", "progress"),
    [
        (News(), None, None, (False, None)),
        (NEWER, "1.2.0", "- It sings.", (False, None)),
        (replace(NEWER, is_going_on=True, percent=60), "1.2.0", "- It sings.", (True, 60)),
        (replace(NEWER, latest="1.0.0"), "1.1", None, (False, None)),
        (replace(NEWER, latest="1.1.0"), "1.1", None, (False, None)),
    ],
)
def test_the_update_entity_tells_what_is_true(
    news: News, latest: str | None, summary: str | None, progress: tuple[bool, int | None]
) -> None:
    told = json.loads(states(MUSIC, Health("1.1", news=news))["update"].payload)
    assert (told["installed_version"], told.get("latest_version")) == ("1.1", latest)
    assert told["release_summary"] == (summary or "")
    assert None not in (told.get("latest_version", ""), told.get("release_url", ""))  # refused as a whole
    assert (told["in_progress"], told["update_percentage"]) == progress
    assert told["failed"] is None


def test_an_update_that_failed_says_why_and_is_news() -> None:
    failed = replace(NEWER, failed="1.2.0 is not well, so 1.1 runs again")
    before, after = (states(MUSIC, Health("1.1", news=news))["update"] for news in (NEWER, failed))
    assert json.loads(after.payload)["failed"] == failed.failed
    assert before.urgent != after.urgent


def test_a_look_that_failed_says_why_until_an_update_has_more_to_say() -> None:
    unseen = replace(NEWER, look_failed="latest.json: not signed")
    before, after = (states(MUSIC, Health("1.1", news=news))["update"] for news in (NEWER, unseen))
    assert (json.loads(after.payload)["failed"], json.loads(after.payload)["latest_version"]) == (
        "latest.json: not signed",
        "1.2.0",
    )
    assert before.urgent != after.urgent
    both = states(MUSIC, Health("1.1", news=replace(unseen, failed="not well")))["update"]
    assert json.loads(both.payload)["failed"] == "not well"


def test_long_notes_fit_into_a_state() -> None:
    told = json.loads(states(MUSIC, Health("1.1", news=replace(NEWER, notes="x" * 4000)))["update"].payload)
    assert len(told["release_summary"]) <= LONGEST_STATE
