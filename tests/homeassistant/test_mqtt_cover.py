"""The cover of the song that plays, over MQTT: an album's picture, small enough, and only with its song."""

from __future__ import annotations

import json
import threading
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from mosquitto import Listener, Mosquitto
from mqtt_box import BASE, CONFIG, MUSIC, Running, retained, running, settings
from waiting import until

from appliance.errors import CommandRejected, PlayerLost
from appliance.homeassistant.covers import LARGEST, Covers
from appliance.protocol.messages import Song


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path / "mosquitto") as running:
        yield running


JPEG = b"\xff\xd8\xff" + b"picture" * 100


def found(covers: Covers, uri: str) -> bytes:
    return b64decode(until(lambda: covers.of(uri)))


def test_a_cover_is_known_once_it_was_looked_up_and_for_its_song_alone() -> None:
    shown = threading.Event()
    covers = Covers(lambda uri: ("image/jpeg", JPEG + uri.encode()), shown.set)
    assert covers.of("happy/1.flac") == ""
    assert found(covers, "happy/1.flac") == JPEG + b"happy/1.flac"
    assert shown.wait(10)
    assert covers.of("") == ""
    assert covers.of("sad/1.flac") == ""
    assert found(covers, "sad/1.flac") == JPEG + b"sad/1.flac"


def test_a_search_that_hangs_shows_the_newest_song_when_it_ends() -> None:
    go_on, asked = threading.Event(), []

    def find(uri: str) -> tuple[str, bytes]:
        asked.append(uri)
        go_on.wait(10)
        return "image/jpeg", uri.encode()

    covers = Covers(find, lambda: None)
    for uri in ("1", "2", "3"):
        assert covers.of(uri) == ""
    go_on.set()
    assert found(covers, "3") == b"3"
    assert asked in (["1", "3"], ["3"])


@pytest.mark.parametrize(
    "trouble", [None, PlayerLost("gone"), CommandRejected("too large"), OSError("disk"), MemoryError(), b""]
)
def test_where_there_is_no_cover_or_too_large_a_one_there_is_none(trouble: object) -> None:
    looked = threading.Semaphore(0)

    def find(uri: str) -> tuple[str, bytes] | None:
        looked.release()
        if isinstance(trouble, Exception):
            raise trouble
        return None if trouble is None else ("image/png", b"x" * (LARGEST + 1))

    covers = Covers(find, lambda: pytest.fail("nothing was found"))
    for uri in ("1", "2"):
        covers.of(uri)
        assert looked.acquire(timeout=10)
        assert covers.of(uri) == ""


def test_home_assistant_is_shown_the_cover_and_it_goes_with_the_song(broker: Mosquitto) -> None:
    listener = Listener(broker.port)
    with running() as begin:
        box: Running = begin(settings(broker.port), cover=lambda uri: ("image/jpeg", JPEG))
        told = listener.wait(lambda heard: heard.topic == f"{BASE}/cover" and heard.text != "", "a cover")
        assert b64decode(told.text) == JPEG
        image = json.loads(retained(broker.port, CONFIG)[CONFIG])["cmps"]["cover"]
        assert (image["p"], image["img_t"], image["img_e"]) == ("image", f"{BASE}/cover", "b64")
        listener.forget()
        box.part.show(replace(MUSIC, song=None))
        listener.wait_text(f"{BASE}/cover", "")
        assert f"{BASE}/cover" not in retained(broker.port, BASE)
    listener.close()


def test_covers_that_nobody_wants_are_neither_sought_nor_announced(broker: Mosquitto) -> None:
    asked: list[str] = []

    def find(uri: str) -> tuple[str, bytes] | None:
        asked.append(uri)
        return "image/jpeg", JPEG

    listener = Listener(broker.port)
    with running() as begin:
        box: Running = begin(settings(broker.port, covers=False), cover=find)
        listener.wait(lambda heard: heard.topic == f"{BASE}/box", "all of it")
        assert "cover" not in json.loads(retained(broker.port, CONFIG)[CONFIG])["cmps"]
        box.part.show(replace(MUSIC, song=Song("sad/2.flac")))
        listener.wait(lambda heard: heard.topic == f"{BASE}/song" and "2" in heard.text, "the next song")
    assert asked == []
    listener.close()
