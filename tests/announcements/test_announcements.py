"""How an announcement becomes ready, and how MPD gets it."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np
import pytest
import soundfile
from listening import RealListening
from sound_host import Host, anybody

from appliance.announcements import Announcements
from appliance.announcements.fetching import Fetched
from appliance.announcements.serving import Serving
from appliance.demo.private_mpd import PrivateMpd
from appliance.errors import CommandRejected
from appliance.protocol.actions import FetchAnnouncement, Speak, StartSong
from appliance.protocol.messages import AnnouncementEnded, AnnouncementReady, PlayerChanged, Transition

PATIENCE_S = 60.0


@pytest.fixture
def served() -> Iterator[Serving]:
    with closing(Serving(Fetched(bytes(range(200)), "wav", "audio/wav"), "127.0.0.1")) as serving:
        yield serving


def ask(url: str, **headers: str) -> tuple[int, bytes, Any]:
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=PATIENCE_S) as answer:
        return answer.status, answer.read(), answer.headers


def test_the_sound_is_served_whole_and_from_any_place(served: Serving) -> None:
    status, data, headers = ask(served.uri)
    assert (status, data) == (200, bytes(range(200)))
    assert (headers["Content-Type"], headers["Accept-Ranges"]) == ("audio/wav", "bytes")
    status, data, headers = ask(served.uri, Range="bytes=150-")
    assert (status, data, headers["Content-Range"]) == (206, bytes(range(150, 200)), "bytes 150-199/200")


def test_at_no_other_address_there_is_anything(served: Serving) -> None:
    for path in ("/", "/x.wav"):
        with pytest.raises(urllib.error.HTTPError) as caught:
            ask(served.uri.rpartition("/")[0] + path)
        assert caught.value.code == 404
        caught.value.close()


def test_once_it_is_over_nothing_is_served_any_more() -> None:
    serving = Serving(Fetched(b"x", "wav", "audio/wav"), "127.0.0.1")
    port = int(serving.uri.split(":")[2].partition("/")[0])
    serving.close()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_a_song_of_the_music_folder_is_ready_at_once() -> None:
    told: SimpleQueue[Any] = SimpleQueue()
    with closing(Announcements(told.put, "/run/mpd/socket")) as announcements:
        announcements.take(FetchAnnouncement("bell.mp3", 40))
        assert told.get(timeout=PATIENCE_S) == AnnouncementReady("bell.mp3", 40)


def test_what_cannot_be_had_is_told_and_the_next_has_its_turn() -> None:
    told: SimpleQueue[Any] = SimpleQueue()
    with closing(Announcements(told.put, "/run/mpd/socket")) as announcements:
        announcements.take(FetchAnnouncement("http://localhost:9/bell.mp3", 40))
        announcements.take(FetchAnnouncement("bell.mp3", 40))
        failed = told.get(timeout=PATIENCE_S)
        assert isinstance(failed, AnnouncementEnded)
        assert "the box itself" in (failed.failed or "")
        assert told.get(timeout=PATIENCE_S) == AnnouncementReady("bell.mp3", 40)


def test_an_announcement_for_which_threads_are_short_does_not_end_the_next() -> None:
    told: SimpleQueue[Any] = SimpleQueue()

    def short(where: Any) -> bool:
        raise RuntimeError("can't start new thread")

    with closing(Announcements(told.put, "/run/mpd/socket", short)) as announcements:
        announcements.take(FetchAnnouncement("http://127.0.0.1:9/bell.mp3?key=sesame", 40))
        announcements.take(FetchAnnouncement("bell.mp3", 40))
        assert told.get(timeout=PATIENCE_S) == AnnouncementEnded(
            failed="it cannot be made ready (RuntimeError)"
        )
        assert told.get(timeout=PATIENCE_S) == AnnouncementReady("bell.mp3", 40)


def test_an_announcement_waits_for_room_in_a_full_inbox() -> None:
    told: SimpleQueue[Any] = SimpleQueue()
    refusals = iter([CommandRejected("too many wait already")] * 2)

    def put(event: Any) -> None:
        for refusal in refusals:
            raise refusal
        told.put(event)

    with closing(Announcements(put, "/run/mpd/socket")) as announcements:
        announcements.take(FetchAnnouncement("bell.mp3", 40))
        assert told.get(timeout=PATIENCE_S) == AnnouncementReady("bell.mp3", 40)


def test_what_is_fetched_from_the_network_is_heard_from_a_real_mpd(
    mpd_server: PrivateMpd, tmp_path: Path
) -> None:
    soundfile.write(tmp_path / "bell.wav", 0.1 * np.sin(np.arange(4000) * 0.5), 8000)
    told: SimpleQueue[Any] = SimpleQueue()
    with closing(Host()) as host, closing(Announcements(told.put, mpd_server.address, anybody)) as room:
        host.bell = (tmp_path / "bell.wav").read_bytes()
        room.take(FetchAnnouncement(f"{host.url}/bell.wav", 40))
        ready = told.get(timeout=PATIENCE_S)
        assert isinstance(ready, AnnouncementReady)
        with closing(RealListening(mpd_server)) as box:
            box.until_ready()
            pick = box.pick("happy")
            box.perform(StartSong(pick, Transition.CUT, 5.0))
            box.until_playing(pick.song)
            box.perform(Speak(ready.uri, ready.percent))
            ended = box.until(lambda event: isinstance(event, AnnouncementEnded))
            assert (ended.uri, ended.failed) == (ready.uri, None)
            after = box.until(lambda event: isinstance(event, PlayerChanged) and not event.announcing)
            assert (after.state, after.song) == ("play", pick.song)
        room.forget(ready.uri)
        with pytest.raises(urllib.error.URLError):
            ask(ready.uri)
        assert host.asked == ["/bell.wav"]  # by us alone: MPD never hears of that address
