"""The page as the service opens it, and the password from the command line."""

from __future__ import annotations

import contextlib
import gc
import os
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from processes import started

pytest.importorskip("flask", reason="the page is an optional extra")

from own_settings import own_settings, write_settings
from unit_files import SYSTEMD, lines_of
from waiting import until
from webbing import PASSWORD, Client, free_port

from appliance import config as settings
from appliance.demo.private_mpd import PrivateMpd
from appliance.demo.show import page_port
from appliance.errors import ConfigError
from appliance.service.page import make_page
from appliance.service.service import Service
from appliance.web.auth.rights import Rights

SKIP = 27
"""The skip button's pin. Held, it switches the camera off; pause would power off."""


OF_A_PAGE = {"Flask", "HttpServer", "Page", "WorkerThread"}


def box(folder: Path, mpd: PrivateMpd, port: int, pins: Any = None) -> Service:
    """pins: gpiozero's factory, where the box is to have buttons."""
    gpio, camera = {"factory": "lgpio" if pins else "none"}, {"source": "v4l2:63"}
    own = own_settings(folder, mpd.address, port, gpio=gpio, camera=camera)
    return Service(settings.check(own, "test"), settings_file=folder / "moodbox.toml", open_pins=lambda: pins)


def test_the_page_steers_the_service_and_ends_with_it(tmp_path: Path, mpd_server: PrivateMpd) -> None:
    port = free_port()
    service = box(tmp_path, mpd_server, port)
    running = threading.Thread(target=service.run)
    running.start()
    until(lambda: _answers(port), within_s=60)
    client = Client(port)
    until(lambda: client.get("/api/state").json["playing"] == "music", within_s=60)
    assert client.post("/api/pause").json["playing"] == "paused"
    until(lambda: "camera" in client.get("/api/state").json["degraded"], within_s=60)
    assert client.post("/api/restart").status == 200
    running.join(30)
    assert not running.is_alive()
    assert service.wants_reload
    assert not _answers(port)


def _is_past(moment: float) -> bool:
    return time.monotonic() > moment


def _is_pressed_anew(service: Service, before: object) -> bool:
    return service.snapshot.pressed != before


def test_presses_let_a_box_without_a_screen_have_its_first_password(
    tmp_path: Path, mpd_server: PrivateMpd
) -> None:
    mock = pytest.importorskip("gpiozero.pins.mock", reason="the buttons are an optional extra")
    pins, port = mock.MockFactory(pin_class=mock.MockPWMPin), free_port()
    service = box(tmp_path, mpd_server, port, pins)
    running = threading.Thread(target=service.run)
    running.start()
    try:
        until(lambda: _answers(port), within_s=60)
        phone = Client(port, {"X-Forwarded-For": "192.168.1.7"})
        assert phone.ask("PUT", "/api/password", {"new": PASSWORD}).status == 403
        asked = phone.post("/api/claim").json
        for _ in range(asked["presses"]):
            before = service.snapshot.pressed
            pins.pin(SKIP).drive_low()
            until(lambda: pins.pin(SKIP).state is False)
            rested = time.monotonic() + 5 * settings.check({}, "test").buttons.debounce_s
            until(partial(_is_past, rested))  # longer than a bounce, as a finger rests
            pins.pin(SKIP).drive_high()
            until(partial(_is_pressed_anew, service, before))
        assert phone.get("/api/state").status == 403
        wanted = {"key": asked["key"], "new": PASSWORD}
        until(lambda: phone.ask("PUT", "/api/claim", wanted).json["stage"] != "waiting")
        assert service.snapshot.pressed is not None
        assert phone.log_in().status == 303
        assert phone.get("/api/state").status == 200
    finally:
        service.stop()
        running.join(30)
        pins.reset()


def tasks(pid: int) -> int:
    """Threads, and the processes begun, as systemd counts them for TasksMax=."""
    threads = list(Path(f"/proc/{pid}/task").iterdir())
    children = 0
    for thread in threads:
        with contextlib.suppress(OSError):  # ended meanwhile
            children += len((thread / "children").read_text().split())
    return len(threads) + children


@pytest.mark.slow
def test_twenty_examinations_at_once_stay_below_the_ceiling_of_the_unit(
    tmp_path: Path, mpd_server: PrivateMpd
) -> None:
    (ceiling,) = lines_of(SYSTEMD / "moodbox.service")["TasksMax"]
    camera, memory, port = {"source": "v4l2:63"}, {"file": f"{tmp_path}/state.json"}, free_port()
    own = write_settings(tmp_path, mpd_server.address, port, camera=camera, state=memory)
    command = [sys.executable, "-m", "appliance", "--config", str(own), "run"]
    with started(command, stderr=subprocess.DEVNULL) as process:
        try:
            until(lambda: _answers(port), within_s=60)
            with ThreadPoolExecutor(20) as crowd:
                asked = {crowd.submit(Client(port).get, "/api/doctor") for _ in range(20)}
                most, waits = 0, asked
                while waits:
                    most = max(most, tasks(process.pid))
                    waits = wait(waits, timeout=0.005).not_done
        finally:
            process.terminate()
    assert 200 in {each.result().status for each in asked} <= {200, 503}
    assert most < int(ceiling)


def test_a_wrong_file_leaves_the_page_behind_its_login_and_is_mended_there(
    tmp_path: Path, mpd_server: PrivateMpd
) -> None:
    camera, mood, port = {"source": "v4l2:63"}, {"reaction": "hasty"}, free_port()
    file = write_settings(tmp_path, mpd_server.address, port, camera=camera, mood=mood)
    file.write_text("# of no use\n" + file.read_text())
    Rights(tmp_path / "page").set_password(PASSWORD)
    command = [sys.executable, "-m", "appliance", "--config", str(file), "run"]
    with started(command, stderr=subprocess.DEVNULL) as running:
        try:
            until(lambda: _answers(port), within_s=60)
            owner, stranger = Client(port), Client(port)
            owner.log_in()
            assert stranger.get("/api/state").status == 401
            assert ["mood.reaction" in problem for problem in owner.get("/api/state").json["problems"]] == [
                True
            ]
            mended = owner.get("/api/settings/file").body.replace(b"hasty", b"steady")
            answer = owner.ask("PUT", "/api/settings/file", mended, Content_Type="text/plain")
            assert answer.status == 200
            until(lambda: _problems(owner) == [], within_s=60)
            assert "# of no use" in file.read_text()
        finally:
            running.terminate()


def _problems(client: Client) -> object:
    with contextlib.suppress(OSError):
        return client.get("/api/state").json["problems"]
    return None


def test_a_taken_port_leaves_the_music_alone_and_is_told(tmp_path: Path, mpd_server: PrivateMpd) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        service = box(tmp_path, mpd_server, taken.getsockname()[1])
        running = threading.Thread(target=service.run)
        running.start()
        until(lambda: "taken by another program" in service.snapshot.degraded.get("page", ""), within_s=60)
        until(lambda: service.snapshot.playing == "music" and service.snapshot.song, within_s=60)
        service.stop()
        running.join(30)


def of_a_page() -> list[str]:
    """What there is of pages, served or not, in this process."""
    gc.collect()
    return [kind for kind in (type(each).__name__ for each in gc.get_objects()) if kind in OF_A_PAGE]


def test_a_taken_port_leaves_nothing_of_a_try_behind_and_a_closed_page_neither(tmp_path: Path) -> None:
    """A try every five seconds left a whole page each time, in a list of cheroot's: 150 MB an hour."""
    port = free_port()
    own = {"page": {"address": "127.0.0.1", "port": port, "folder": str(tmp_path)}}
    interface: dict[str, Any] = dict.fromkeys(
        ("ask", "snapshot", "latest", "counts", "songs", "coach", "reload", "settings_file")
    )
    page = partial(make_page, settings.check(own, "test"), problems=(), **interface)
    page().close()
    before = of_a_page()
    with socket.create_server(("127.0.0.1", port)):
        for _ in range(5):
            with pytest.raises(ConfigError, match="taken by another program"):
                page()
    for _ in range(3):
        page().close()
    assert of_a_page() == before


def test_the_demo_goes_to_another_port_when_its_own_is_taken() -> None:
    with ExitStack() as running:
        first = page_port(running)
    with socket.create_server(("127.0.0.1", first)), ExitStack() as running:
        assert page_port(running) != first


def test_two_demos_that_start_together_take_two_ports() -> None:
    """The page opens its port some time after it was found free."""
    with ExitStack() as running:
        assert page_port(running) != page_port(running)


def test_the_command_line_makes_a_password_and_shows_it_once(tmp_path: Path) -> None:
    file = tmp_path / "moodbox.toml"
    file.write_text(f'[page]\nfolder = "{tmp_path}/page"\n')
    made = moodbox(file, "password")
    password = made.removeprefix("the page's password: ").strip()
    assert Rights(tmp_path / "page").is_password(password)
    assert moodbox(file, "password", "--read", given="correct horse\n") == "the page's password is set\n"
    assert Rights(tmp_path / "page").is_password("correct horse")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_root_writes_belongs_to_whoever_has_the_folder(tmp_path: Path) -> None:
    os.chown(tmp_path, 12345, 12345)
    Rights(tmp_path / "page").set_password("correct horse")
    assert {path.stat().st_uid for path in [tmp_path / "page", *(tmp_path / "page").iterdir()]} == {12345}


def moodbox(file: Path, *words: str, given: str = "") -> str:
    command = [sys.executable, "-m", "appliance", "--config", str(file), *words]
    return subprocess.run(command, input=given, capture_output=True, text=True, check=True).stdout


def _answers(port: int) -> bool:
    try:
        return Client(port).get("/healthz").status == 200
    except OSError:
        return False


def test_systemd_is_not_told_that_a_box_stops_which_begins_anew(
    tmp_path: Path, mpd_server: PrivateMpd, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        service = box(tmp_path, mpd_server, free_port())
        running = threading.Thread(target=service.run)
        running.start()
        until(lambda: _heard(systemd) >= {"READY=1"}, within_s=60)
        service.reload()
        running.join(30)
        assert "STOPPING=1" not in _heard(systemd)


def _heard(systemd: socket.socket) -> set[str]:
    heard = set()
    while True:
        try:
            heard.add(systemd.recv(100).decode())
        except BlockingIOError:
            return heard
