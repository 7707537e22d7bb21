"""Of a frame that we know not a run of bytes leaves the service, but to a viewer who is logged in."""

from __future__ import annotations

import base64
import http.client
import os
import shutil
import signal
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("flask", reason="the page is an optional extra")
pytest.importorskip("paho.mqtt", reason="MQTT is an optional extra")

from mosquitto import Listener, Mosquitto
from tracing import given, holds, known, traced, unseen
from waiting import until
from webbing import Client, free_port

from appliance.camera.pictures import Shape, to_frame
from appliance.demo.face.drawing import portrait
from appliance.demo.private_mpd import PrivateMpd
from appliance.web.live.picture import QUALITY

LONG_S = 30.0
SCAN = b"\xff\xda"
"""Where a JPEG's picture begins; what stands before is the same in many."""
SETTINGS = """\
[log]
level = "debug"
[camera]
source = "replay:{folder}/frame.png"
[mood]
reaction = "instant"
[control]
socket = "{folder}/control"
[mpd]
address = "{mpd}"
[page]
address = "127.0.0.1"
port = {port}
folder = "{folder}/page"
[state]
file = "{folder}/state.json"
[mqtt]
broker = "127.0.0.1"
port = {broker}
"""


def make_frame(file: Path) -> np.ndarray:
    """A face under noise, of which no run of bytes is like another."""
    noise = np.random.default_rng(16).integers(-14, 15, (480, 640, 3))
    picture = np.clip(portrait("happy").astype(int) + noise, 0, 255).astype(np.uint8)
    cv2.imwrite(str(file), picture)
    return picture


def forms(picture: np.ndarray) -> list[bytes]:
    """The frame as the box has it: in colour, grey, small, turned to RGB, and as JPEG."""
    frame = to_frame(picture, Shape(), 0.0)
    jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes()
    arrays = (picture, picture[:, :, ::-1], frame.grey, frame.small)
    return [*(np.ascontiguousarray(array).tobytes() for array in arrays), jpeg[jpeg.index(SCAN) + 16 :]]


def test_a_piece_of_the_frame_is_found_in_whatever_it_is_given_away(tmp_path: Path) -> None:
    for secret in forms(make_frame(tmp_path / "frame.png")):
        secrets, piece = known([secret]), secret[70_001 % len(secret) :][:60]
        assert holds(b"song=" + piece + b"\n", secrets)
        assert holds(base64.b64encode(piece), secrets)
        assert holds(piece.hex().encode(), secrets)
        assert not holds(Path(__file__).read_bytes(), secrets)
        assert not holds(bytes(100_000), secrets)


def test_a_trace_tells_what_went_where(tmp_path: Path) -> None:
    trace, file = tmp_path / "trace", tmp_path / "file"
    code = (
        "import mmap, os, sys\n"
        "link = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)\n"
        "[os.write(link, bytes([each])) for each in b'piecemeal']\n"
        "os.writev(link, [b', and', b' in parts']); os.pwrite(link, b'!', 30)\n"
        "mmap.mmap(link, 31)\n"
    )
    process = traced([sys.executable, "-c", code, str(file)], trace, tmp_path / "log")
    assert process.wait(60) == 0, (tmp_path / "log").read_text()
    until(lambda: "+++ exited" in trace.read_text())
    assert given(trace)[str(file)] == b"piecemeal, and in parts!"
    assert len(unseen(trace)) == 1
    assert "mmap" in unseen(trace)[0]


def first_picture(client: Client) -> tuple[int, bytes]:
    """The viewer's port, and what it was sent until its first picture was whole."""
    with closing(http.client.HTTPConnection("127.0.0.1", client.port, timeout=60)) as link:
        link.request("GET", "/video_feed", headers=client.headers)
        port: int = link.sock.getsockname()[1]
        pictures = link.getresponse()
        assert pictures.status == 200
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += pictures.readline()
        return port, pictures.read(int(head.partition(b"Content-Length: ")[2]))


def live(client: Client, heard: Listener, folder: Path) -> None:
    """Half a minute of what a box does all day."""
    end = time.monotonic() + LONG_S
    paths = (
        "/",
        "/api/state",
        "/api/log",
        "/metrics",
        "/api/settings",
        "/api/backup?secrets=true&history=true",
    )

    def is_over() -> bool:
        assert [client.get(path).status for path in paths] == [200] * len(paths)
        return time.monotonic() > end

    until(is_over)
    until(lambda: client.get("/api/state").json["faces"] == 1)
    until((folder / "state.json").exists)
    heard.wait(lambda message: "happy" in message.text, "the mood")


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(os.geteuid() != 0, reason="root alone may look into a process with a camera")
@pytest.mark.skipif(not shutil.which("strace"), reason="no strace here; `apt install strace`")
def test_no_byte_of_a_known_frame_is_written_or_sent_but_to_a_viewer(
    tmp_path: Path, mpd_server: PrivateMpd
) -> None:
    picture, own, trace = make_frame(tmp_path / "frame.png"), tmp_path / "moodbox.toml", tmp_path / "trace"
    port = free_port()
    with Mosquitto(tmp_path / "broker") as broker, closing(Listener(broker.port)) as heard:
        own.write_text(
            SETTINGS.format(folder=tmp_path, mpd=mpd_server.address, port=port, broker=broker.port)
        )
        command = [sys.executable, "-m", "appliance", "--config", str(own), "run"]
        box = traced(command, trace, tmp_path / "log")
        try:
            until(lambda: answers(port))
            client = Client(port)
            cookie = client.ask("PUT", "/api/password", {"new": "correct horse"}).headers["set-cookie"]
            client.headers["Cookie"] = cookie.partition(";")[0]
            live(client, heard, tmp_path)
            assert Client(port, {"X-Forwarded-For": "192.168.1.7"}).get("/video_feed").status in (401, 403)
            viewer, seen = first_picture(client)
        finally:
            with suppress(ProcessLookupError):
                box.send_signal(signal.SIGTERM)
            box.wait(60)
    until(lambda: f"{box.pid} +++ exited" in " ".join(trace.read_text()[-4000:].split()))
    frame = known(forms(picture))
    assert holds(seen, frame)  # else the rest proves nothing
    went = given(trace)
    assert any(f":{broker.port}]" in to for to in went)
    assert any(str(tmp_path / "log") in to for to in went)
    assert any("state.json" in to for to in went)
    leaks = [to for to, data in went.items() if holds(data, frame)]
    assert [f":{viewer}]" in to for to in leaks] == [True], leaks
    assert unseen(trace) == []


def answers(port: int) -> bool:
    with suppress(OSError):
        return Client(port).get("/api/state").status == 200
    return False
