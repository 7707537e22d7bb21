"""State, commands and streams: real requests to a real server."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("flask", reason="the page is an optional extra")

from waiting import until
from webbing import Client, Served, StillBox

from appliance.protocol.commands import ChooseMood, SetVolume, Skip, SwitchCamera
from appliance.protocol.looks import Mood
from appliance.protocol.snapshot import CameraState, Playing
from appliance.web.http.server import THREADS
from appliance.web.live.events import MOST_READERS, Events
from appliance.web.live.picture import MOST_VIEWERS, LivePicture
from appliance.web.live.timeline import LENGTH_S, MOST, Timeline


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with Served(tmp_path) as served:
        yield served


# --- commands ----------------------------------------------------------------------------------------------


def test_a_command_reaches_the_box_and_its_state_comes_back(served: Served) -> None:
    answer = served.client.post("/api/skip")
    assert served.box.taken == [Skip(source="page")]
    assert answer.json["song"]["title"] == "One & <Two>"


def test_commands_take_their_argument_as_json(served: Served) -> None:
    served.client.post("/api/volume", {"percent": 30})
    served.client.post("/api/mood", {"mood": "sad"})
    served.client.post("/api/camera", {"on": False})
    assert served.box.taken == [
        SetVolume(30, source="page"),
        ChooseMood("sad", source="page"),
        SwitchCamera(False, source="page"),
    ]


@pytest.mark.parametrize(
    ("path", "body", "kind", "status"),
    [
        ("/api/volume", b'{"percent": 101}', "application/json", 422),
        ("/api/volume", b'{"percent": 30, "more": 1}', "application/json", 422),
        ("/api/volume", b"", "application/json", 422),
        ("/api/volume", b'{"percent"', "application/json", 400),
        ("/api/volume", b"[30]", "application/json", 400),
        ("/api/volume", b"percent=30", "application/x-www-form-urlencoded", 415),
        ("/api/skip", b'{"percent": 30}', "application/json", 422),
        ("/api/mood", b'{"mood": "\\ud800"}', "application/json", 422),
    ],
)
def test_a_command_that_makes_no_sense_is_refused_and_says_why(
    served: Served, path: str, body: bytes, kind: str, status: int
) -> None:
    answer = served.client.post(path, body, Content_Type=kind)
    assert answer.status == status
    assert answer.json["error"]
    assert served.box.taken == []


# --- the state ---------------------------------------------------------------------------------------------


def test_the_state_tells_the_face_in_parts_of_the_picture(served: Served) -> None:
    served.frame(1.0)
    seen = served.client.get("/api/state").json["seen"]
    assert seen["box"] == {"left": 0.3125, "top": 0.2083, "width": 0.2344, "height": 0.375}
    assert seen["probabilities"]["happy"] == 0.94


def test_the_state_is_told_as_it_changes(served: Served) -> None:
    with served.client.stream("/api/events") as link:
        lines = link.makefile("rb")
        until(lambda: next(lines).startswith(b"retry"))
        served.show()
        assert _next(lines, "state")["playing"] == "music"
        served.box.snapshot = replace(served.box.snapshot, playing=Playing.PAUSED)
        served.show()
        until(lambda: _next(lines, "state")["playing"] == "paused")


def test_a_box_that_has_no_news_says_that_it_is_still_there(served: Served) -> None:
    events = Events(served.interface, viewers=lambda: 0, quiet_s=0.01)
    said = events.read(may_go_on=lambda: True)
    until(lambda: next(said).startswith(b"event: here\n"))


def _next(lines: Iterator[bytes], name: str) -> dict[str, object]:
    until(lambda: next(lines) == f"event: {name}\n".encode())
    found: dict[str, object] = json.loads(next(lines).removeprefix(b"data: "))
    return found


def test_health_says_when_the_loop_hangs(served: Served) -> None:
    assert served.client.get("/healthz").json == {"status": "ok"}
    served.box.snapshot = replace(served.box.snapshot, at=served.box.snapshot.at - 60)
    assert served.client.get("/healthz").status == 503


def test_health_is_told_to_this_machine_without_a_login(served: Served) -> None:
    served.with_password()
    assert served.client.get("/healthz").status == 200
    assert served.client.get("/healthz", X_Forwarded_For="192.168.1.7").status == 401


def test_metrics_tell_what_a_watchman_wants_to_know(served: Served) -> None:
    served.box.snapshot = replace(served.box.snapshot, degraded={"camera": "unplugged", "mqtt": "no broker"})
    lines = served.client.get("/metrics").body.decode().splitlines()
    assert {'moodbox_degraded{part="camera"} 1', 'moodbox_degraded{part="mqtt"} 1'} < set(lines)
    assert "moodbox_degraded_parts 2" in lines
    assert "moodbox_orders_refused_total 0" in lines
    (began,) = [line for line in lines if line.startswith("moodbox_start_time_seconds ")]
    assert 0 < time.time() - float(began.split()[1]) < 86_400


def test_the_dashboard_for_grafana_asks_for_what_the_box_tells(served: Served) -> None:
    served.frame(1.0)
    served.box.snapshot = replace(served.box.snapshot, degraded={"camera": "unplugged"})
    told = set(re.findall(r"(?m)^# TYPE (\w+)", served.client.get("/metrics").body.decode()))
    told |= {"moodbox_temperature_celsius", "moodbox_songs"}  # where the machine, and MPD, say it
    board = json.loads(
        (Path(__file__).resolve().parents[2] / "deploy" / "grafana.json").read_text(encoding="utf-8")
    )
    asked = set(re.findall(r"moodbox_\w+", json.dumps([panel["targets"] for panel in board["panels"]])))
    assert asked <= told
    assert len(asked) >= 8


def test_metrics_name_no_emotion_and_no_song(served: Served) -> None:
    served.frame(1.0)
    text = served.client.get("/metrics").body.decode()
    assert "moodbox_volume_percent 40\n" in text
    assert "moodbox_looks_total 1\n" in text
    assert "happy" not in text
    assert "Two" not in text


# --- the live picture --------------------------------------------------------------------------------------


def picture(link: socket.socket) -> np.ndarray:
    """The next picture of a stream."""
    pending = b""
    while b"\xff\xd9\r\n--moodbox-frame" not in pending:
        more = link.recv(65536)
        assert more, "the stream ended"
        pending += more
    jpeg = pending[pending.index(b"\xff\xd8") : pending.index(b"\xff\xd9\r\n--moodbox-frame") + 2]
    shown = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    return np.asarray(shown)


@pytest.mark.parametrize("path", ["/video_feed", "/api/live"])
def test_the_picture_comes_as_multipart_jpeg_that_nobody_may_keep(served: Served, path: str) -> None:
    with served.client.stream(path) as link:
        head = link.recv(4096)  # no frame is there yet that could come with it
        assert b"multipart/x-mixed-replace; boundary=moodbox-frame" in head
        assert b"Cache-Control: no-store" in head
        served.frame(2.0)
        assert picture(link).shape == (480, 640, 3)


def test_nobody_looks_no_work(served: Served) -> None:
    for moment in range(50):
        served.frame(float(moment))
    assert served.box.made_colour == 0


def test_one_picture_is_encoded_once_however_many_look() -> None:
    box = StillBox()
    live_picture = LivePicture(lambda: box.newest, with_label=False)
    box.see(1.0)
    made = []
    with live_picture.seat():
        viewers = [threading.Thread(target=lambda: made.append(live_picture.next(0.0))) for _ in range(8)]
        for viewer in viewers:
            viewer.start()
        for viewer in viewers:
            viewer.join()
        assert box.made_colour == live_picture.encoded == 1
        assert len({id(one) for one in made}) == 1


def test_a_slow_viewer_gets_the_newest_picture_and_skips_the_others() -> None:
    box = StillBox()
    live_picture = LivePicture(lambda: box.newest, with_label=True)
    with live_picture.seat():
        box.see(1.0)
        first = live_picture.next(0.0)
        for moment in (2.0, 3.0, 4.0):
            box.see(moment)
        second = live_picture.next(1.0)
    assert first
    assert second
    assert (first.taken_at, second.taken_at, live_picture.encoded) == (1.0, 4.0, 2)


def test_no_picture_of_the_room_stays_when_the_last_viewer_goes() -> None:
    box = StillBox()
    live_picture = LivePicture(lambda: box.newest, with_label=False)
    box.see(1.0)
    with live_picture.seat():
        assert live_picture.next(0.0)
    assert live_picture._picture is None


@pytest.mark.parametrize("camera", [CameraState.OFF, CameraState.LOST])
def test_there_is_no_picture_while_the_camera_is_off_or_lost(served: Served, camera: CameraState) -> None:
    served.frame(1.0)
    served.box.snapshot = replace(served.box.snapshot, camera=camera)
    for path in ("/video_feed", "/api/live"):
        assert served.client.get(path).status == 404


def test_a_camera_that_is_just_starting_is_waited_for(served: Served) -> None:
    assert served.box.newest is None
    with served.client.stream("/api/live") as link:
        until(lambda: served.page._parts.live_picture.taken == 1)
        for moment in (1.0, 2.0):  # what ends a part is the beginning of the next
            served.frame(moment)
        assert picture(link).shape == (480, 640, 3)


def test_the_page_draws_the_face_and_writes_the_emotion_only_where_asked() -> None:
    box = StillBox()
    box.see(1.0)
    assert box.newest
    jpegs = []
    for with_label in (False, True):
        live_picture = LivePicture(lambda: box.newest, with_label=with_label)
        with live_picture.seat():
            made = live_picture.next(0.0)
            assert made
            shown = cv2.imdecode(np.frombuffer(made.jpeg, np.uint8), cv2.IMREAD_COLOR)
            jpegs.append(np.asarray(shown, int))
    plain, labelled = jpegs
    changed = np.abs(plain - labelled).max(axis=2) > 40
    assert changed[:100].any()
    assert not changed[150:].any()


def test_sixteen_streams_are_held_and_the_seventeenth_is_told_to_wait(served: Served) -> None:
    served.frame(1.0)
    links = []
    try:
        for _ in range(MOST_VIEWERS):
            stream = served.client.stream("/api/live", 4096)
            links.append((stream, stream.__enter__()))
        until(lambda: served.page._parts.live_picture.taken == MOST_VIEWERS)
        served.frame(2.0)
        assert all(picture(link).shape == (480, 640, 3) for _, link in links)
        assert served.client.get("/api/live").status == 503
        assert served.client.get("/api/state").json["viewers"] == MOST_VIEWERS
    finally:
        for stream, _ in links:
            stream.__exit__(None, None, None)


def test_there_is_a_thread_for_every_stream_and_some_for_the_rest() -> None:
    assert THREADS >= MOST_VIEWERS + MOST_READERS + 4


def test_a_viewer_that_goes_gives_its_seat_back(served: Served) -> None:
    served.frame(1.0)
    live_picture = served.page._parts.live_picture
    with served.client.stream("/api/live") as link:
        until(lambda: live_picture.taken == 1)
        served.frame(2.0)
        picture(link)
    served.keep_showing(lambda: live_picture.taken == 0)


def test_a_reader_that_stalls_is_dropped(served: Served) -> None:
    served.frame(1.0)
    live_picture = served.page._parts.live_picture
    with served.client.stream("/api/live", 4096):
        until(lambda: live_picture.taken == 1)
        served.keep_showing(lambda: live_picture.taken == 0)


def test_a_new_password_ends_what_others_are_watching(served: Served) -> None:
    client = served.with_password()
    served.frame(1.0)
    live_picture = served.page._parts.live_picture
    with client.stream("/api/live"):
        until(lambda: live_picture.taken == 1)
        assert served.change_password(client).status == 200
        served.keep_showing(lambda: live_picture.taken == 0)


# --- the last minutes --------------------------------------------------------------------------------------


def test_the_strip_keeps_the_moods_and_the_songs_under_them(served: Served) -> None:
    timeline, now = Timeline(), served.box.snapshot
    timeline.add(now)
    timeline.add(replace(now, at=now.at + 5, mood=Mood("sad", now.at + 5)))
    timeline.add(replace(now, at=now.at + 6, mood=Mood("sad", now.at + 5)))
    timeline.add(replace(now, at=now.at + 9, camera=CameraState.OFF))
    told = timeline.describe(now.at + 10)
    assert told["moods"] == [
        {"mood": "happy", "ago_s": 10.0},
        {"mood": "sad", "ago_s": 5.0},
        {"mood": "camera-off", "ago_s": 1.0},
    ]
    assert [song["title"] for song in told["songs"]] == ["One & <Two>"]


def test_the_strip_forgets_what_is_over_and_keeps_what_reaches_in(served: Served) -> None:
    timeline, now = Timeline(), served.box.snapshot
    for at, mood in ((0.0, "sad"), (10.0, "happy"), (20.0, "fear")):
        timeline.add(replace(now, at=now.at + at, mood=Mood(mood, now.at + at)))
    told = timeline.describe(now.at + 15 + LENGTH_S)
    assert [entry["mood"] for entry in told["moods"]] == ["happy", "fear"]


def test_the_strip_does_not_grow_without_end(served: Served) -> None:
    timeline, now = Timeline(), served.box.snapshot
    for number in range(3 * MOST):
        timeline.add(replace(now, at=now.at, mood=Mood(("sad", "happy")[number % 2], now.at), song_id=number))
    assert len(timeline._seen) == len(timeline._heard) == MOST


WITHOUT_FILES = """
import resource, signal, sys, threading
from pathlib import Path
from webbing import Served

with Served(Path(sys.argv[1])) as served:
    served.frame(1.0)
    print(served.page.port, flush=True)
    # From here on the kernel ends this process when it writes a byte to any file.
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    if "control" in sys.argv:
        (Path(sys.argv[1]) / "spooled").write_bytes(b"a picture")
    over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
    moment = 2.0
    while not over.wait(0.02):
        served.frame(moment)
        moment += 1.0
"""


def without_files(folder: Path, *more: str) -> subprocess.Popen[bytes]:
    """A page in a process that may write no file; sees a new frame every 20 ms until its input ends."""
    return subprocess.Popen(
        [sys.executable, "-c", WITHOUT_FILES, str(folder), *more],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,  # pytest's own is a file, in which no word of Python's may end either
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )


def test_not_a_byte_of_a_picture_reaches_the_disk(tmp_path: Path) -> None:
    """While one viewer looks, and another stalls until it is dropped."""
    with without_files(tmp_path) as page:
        assert page.stdin
        assert page.stdout
        client = Client(int(page.stdout.readline()))
        with (
            client.stream("/api/live", 4096),
            closing(http.client.HTTPConnection("localhost", client.port)) as link,
        ):
            link.request("GET", "/video_feed")
            pictures = link.getresponse()
            assert [jpeg(pictures)[:2] for _ in range(30)] == [b"\xff\xd8"] * 30

            def has_one_viewer() -> bool:
                """The one that stalls is gone."""
                jpeg(pictures)
                return bool(client.get("/api/state").json["viewers"] == 1)

            until(has_one_viewer)
        page.stdin.close()
        assert page.wait(60) == 0


def jpeg(pictures: http.client.HTTPResponse) -> bytes:
    """The next picture of a stream."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = pictures.readline()
        assert line, "the stream ended"
        head += line
    return pictures.read(int(head.partition(b"Content-Length: ")[2]))


def test_the_kernel_would_have_told(tmp_path: Path) -> None:
    with without_files(tmp_path, "control") as page:
        assert page.wait(60) == -signal.SIGXFSZ
