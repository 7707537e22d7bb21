"""`moodbox doctor` on a healthy box, and on each broken one: pass or fail, with the fix."""

from __future__ import annotations

import contextlib
import http.server
import importlib.util
import json
import os
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import pytest
from conftest import write_tone
from mosquitto import Listener, Mosquitto
from processes import alone, become_nobody, started

from appliance import config, doctor, tflite
from appliance.config import Config
from appliance.control import ControlServer, send
from appliance.demo.face.drawing import portrait
from appliance.demo.private_mpd import PrivateMpd
from appliance.doctor import (
    Check,
    board,
    box,
    broker,
    camera,
    checklist,
    ear,
    holders,
    models,
    music,
    page,
    pins,
    wifi,
)
from appliance.doctor.doctor import VISITS, Visit
from appliance.errors import CameraLost, NotRunning
from appliance.machine.machine import ways
from appliance.panel import gpio
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.looks import Mood
from appliance.protocol.snapshot import Snapshot
from appliance.service.service import Service

PATIENCE_S = 30.0
FIFO = """\
audio_output {{
  type "fifo"
  name "room"
  path "{}"
  mixer_type "software"
}}
"""
PI = "Revision\t: c03111\n"


needs_lgpio = pytest.mark.skipif(
    importlib.util.find_spec("lgpio") is None, reason="lgpio is not installed: no wheel for this Python"
)


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory, music_folder: Path) -> Iterator[Config]:
    """Settings of a box that runs: camera, models, MPD that is heard, broker, Home Assistant, page."""
    folder = tmp_path_factory.mktemp("box")
    cv2.imwrite(str(folder / "face.png"), portrait("happy"))
    with (
        PrivateMpd(folder / "mpd", music_folder, outputs=FIFO.format(folder / "sound")) as mpd,
        Mosquitto(folder / "mosquitto") as mqtt,
        contextlib.closing(Listener(mqtt.port)) as home,
    ):
        home.say("homeassistant/status", "online", retain=True)
        chosen = config.check(
            {
                "camera": {"source": f"replay:{folder / 'face.png'}"},
                "mpd": {"address": mpd.address},
                "mqtt": {"broker": "127.0.0.1", "port": mqtt.port},
                "control": {"socket": str(folder / "control")},
                "page": {"address": "127.0.0.1", "port": _free_port(), "folder": str(folder)},
                "state": {"file": str(folder / "state.json")},
            },
            "test",
        )
        service = Service(chosen)
        thread = threading.Thread(target=service.run)
        thread.start()
        try:
            _wait_until_well(Path(chosen.control.socket))
            yield chosen
        finally:
            service.stop()
            thread.join(PATIENCE_S)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_well(control: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        with contextlib.suppress(NotRunning):
            status = send(control, {"command": "status"})
            if status["song"] and status["faces"] and not status["degraded"]:
                return
        threading.Event().wait(0.05)
    raise AssertionError("the box is not well in time")


def only(checks: list[Check], name: str) -> Check:
    (found,) = [check for check in checks if check.name == name]
    return found


def changed(chosen: Config, **tables: Mapping[str, Any]) -> Config:
    """The same settings, but for these keys."""
    sections = {name: getattr(chosen, name).model_copy(update=dict(keys)) for name, keys in tables.items()}
    return chosen.model_copy(update=sections)


# --- healthy ---------------------------------------------------------------------------------------------


def visits(power: Sequence[str] = ("no-vcgencmd",)) -> dict[str, Visit]:
    """On a machine whose clock is right."""
    return {**VISITS, "board": partial(board.checks, asked=lambda: True, vcgencmd=power)}


def test_the_command_succeeds_on_a_healthy_box(healthy: Config, capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor.run(healthy, (), as_json=True, visits=visits()) == 0
    checks = json.loads(capsys.readouterr().out.splitlines()[-1])["checks"]
    assert all(check["ok"] and check["fix"] == "" for check in checks)


def breakage(tmp_path: Path) -> dict[str, tuple[dict[str, dict[str, Any]], tuple[str, ...]]]:
    """Check -> the settings of a box on which it fails; and its vcgencmd."""
    nothing = str(tmp_path / "nothing")
    weak = vcgencmd(tmp_path, "throttled=0x1")
    return {
        "service": ({"control": {"socket": nothing}}, ()),
        "camera": ({"camera": {"source": f"replay:{nothing}"}}, ()),
        "emotion model": ({"vision": {"model": nothing}}, ()),
        "face detector": ({"vision": {"detector": nothing}}, ()),
        "MPD": ({"mpd": {"address": nothing}}, ()),
        "MQTT broker": ({"mqtt": {"port": _free_port()}}, ()),
        "page": ({"page": {"port": _free_port()}}, ()),
        "power supply": ({}, weak),
        "state folder": ({"state": {"file": f"{nothing}/state.json"}}, ()),
    }


BREAKABLE = (
    "service", "camera", "emotion model", "face detector", "MPD", "MQTT broker", "page", "power supply",
    "state folder",
)  # fmt: skip


@pytest.mark.parametrize("name", BREAKABLE)
def test_the_command_fails_on_a_box_that_is_broken_in_one_way_and_names_it(
    name: str, healthy: Config, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tables, power = breakage(tmp_path)[name]
    broken = changed(healthy, **tables)
    assert doctor.run(broken, (), as_json=True, visits=visits(power or ("no-vcgencmd",))) == 1
    checks = json.loads(capsys.readouterr().out.splitlines()[-1])["checks"]
    failed = {check["name"]: check["fix"] for check in checks if not check["ok"]}
    assert set(failed) - {"sound card"} == {name}  # without MPD, nobody knows of its other outputs
    assert failed[name]


def test_a_healthy_box_passes_every_check(healthy: Config) -> None:
    checks = doctor.examine(healthy, visits())
    assert [check for check in checks if not check.ok or check.fix] == []
    assert [check.name for check in checks] == [
        "service",
        "camera",
        "TFLite runtime",
        "emotion model",
        "face detector",
        "ear",
        "GPIO",
        "sound card",
        "MPD",
        "MPD output",
        "music",
        "MQTT broker",
        "Home Assistant",
        "page",
        "Wi-Fi",
        "clock",
        "free disk",
        "state folder",
    ]
    assert all(check.found for check in checks)


def test_the_page_of_the_box_shows_the_same_checks(healthy: Config) -> None:
    with urllib.request.urlopen(
        f"http://127.0.0.1:{healthy.page.port}/api/doctor", timeout=PATIENCE_S
    ) as got:
        checks = json.load(got)["checks"]
    assert {"camera", "MPD", "page", "clock"} <= {check["name"] for check in checks}
    assert all(set(check) == {"name", "ok", "fix", "found"} for check in checks)


# --- the command -----------------------------------------------------------------------------------------


def test_the_command_fails_on_a_broken_box_and_says_each_fix_as_json_on_the_last_line(tmp_path: Path) -> None:
    file = tmp_path / "moodbox.toml"
    file.write_text(f'[mpd]\naddress = "{tmp_path}/none"\n[buttons]\npause = 2\n')
    ran = subprocess.run(
        [sys.executable, "-m", "appliance", "--config", str(file), "doctor", "--json"],
        capture_output=True,
        text=True,
        cwd=Path(__file__).resolve().parents[2],
    )
    assert ran.returncode == 1
    said = json.loads(ran.stdout.splitlines()[-1])
    assert said["by_hand"] == list(checklist.ALL)
    checks = said["checks"]
    assert all(set(check) == {"name", "ok", "fix"} for check in checks)
    fixes = {check["name"]: check["fix"] for check in checks if not check["ok"]}
    assert fixes["settings"] == f"{file}: buttons.pause: GPIO 2 is taken by I2C; choose another pin"
    assert "see whether it runs, and mpd.address" in fixes["MPD"]
    assert all(fixes.values())


def test_people_get_a_line_for_each_check(healthy: Config, capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor.run(changed(healthy, camera={"source": "replay:/none"}), (), as_json=False) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "ok    settings: no mistakes"
    assert "FAIL  camera: camera.source: /none: there is no such recording" in lines
    # What a program cannot judge fails nothing, and is asked of the person.
    assert [line.removeprefix("  [ ] ") for line in lines if line.startswith("  [ ] ")] == list(checklist.ALL)


def test_the_readme_has_the_same_list_for_the_person() -> None:
    readme = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
    assert [line for line in checklist.ALL if f"- [ ] {line}\n" not in readme] == []


def test_a_check_that_faints_or_hangs_is_told_and_holds_up_no_other() -> None:
    hangs = threading.Event()

    def faint(chosen: Config) -> list[Check]:
        raise ZeroDivisionError("oh")

    def hang(chosen: Config) -> list[Check]:
        hangs.wait()
        return []

    visits = {"a": faint, "b": hang, "c": lambda chosen: [Check("c", True)]}
    checks = doctor.examine(config.check({}, "test"), visits, patience_s=3.0)
    hangs.set()
    assert [(check.name, check.ok) for check in checks] == [("a", False), ("b", False), ("c", True)]
    assert checks[0].fix == "could not be examined: ZeroDivisionError: oh"
    assert checks[1].fix.startswith("gave no answer within 3 s")


def test_what_the_service_says_of_itself_is_told(tmp_path: Path) -> None:
    chosen = config.check({"control": {"socket": str(tmp_path / "control")}}, "test")
    assert ways().start in only(box.checks(chosen), "service").fix
    degraded = Snapshot(at=0.0, mood=Mood("unsure", 0.0), degraded={"camera": "unplugged"})
    served = ControlServer(tmp_path / "control", lambda command: Future(), lambda: degraded)
    with contextlib.closing(served):
        assert only(box.checks(chosen), "service").fix == "camera: unplugged"


# --- camera ----------------------------------------------------------------------------------------------


@pytest.fixture
def dev(tmp_path: Path) -> Path:
    folder = tmp_path / "dev"
    folder.mkdir()
    (folder / "video0").touch()
    (folder / "media0").touch()
    return folder


def v4l2(number: int = 0) -> Config:
    return config.check({"camera": {"source": f"v4l2:{number}"}}, "test")


def test_a_free_camera_is_named(dev: Path) -> None:
    assert only(camera.checks(v4l2(), dev), "camera").found == f"{dev}/video0, free"


def test_a_camera_that_another_program_holds_is_busy_and_the_program_is_named(dev: Path) -> None:
    """picamera2 #627, #1048, #1275: the camera has one owner."""
    with (dev / "video0").open() as device, started(["sleep", "60"], stdin=device) as other:
        try:
            check = only(camera.checks(v4l2(), dev), "camera")
        finally:
            other.kill()
    assert not check.ok
    assert check.fix.startswith(f"{dev}/video0: busy, held by ")
    assert f"(process {other.pid}); stop that program" in check.fix


def test_a_camera_that_this_box_uses_is_well(dev: Path) -> None:
    with (dev / "video0").open():
        assert only(camera.checks(v4l2(), dev), "camera").found == f"{dev}/video0, in use by this box"


def test_an_absent_camera_is_told(dev: Path) -> None:
    assert "there is no such camera; plug it in" in only(camera.checks(v4l2(7), dev), "camera").fix


def test_the_pis_own_camera_is_named_by_its_sensor(dev: Path) -> None:
    library = picamera2([{"Model": "imx708"}])
    assert camera.on_libcamera(dev, holders.look_around(), library).found == "imx708 on libcamera, free"


def test_a_loose_ribbon_cable_is_told(dev: Path) -> None:
    with pytest.raises(CameraLost, match="ribbon cable"):
        camera.on_libcamera(dev, holders.look_around(), picamera2([]))


def picamera2(found: list[dict[str, str]]) -> Any:
    return SimpleNamespace(Picamera2=SimpleNamespace(global_camera_info=lambda: found))


def test_a_device_is_for_those_whom_its_mode_lets_in(dev: Path) -> None:
    device = dev / "video0"
    device.chmod(0o660)
    assert holders.may_use(device, "root")
    assert not holders.may_use(device, "nobody")
    device.chmod(0o666)
    assert holders.may_use(device, "nobody")


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody without rights")


def as_nobody(visit: Callable[..., list[Check]], *arguments: Any) -> Check:
    """The only check of a visit by a user who is in no group."""
    (check,) = alone(visit, *arguments, begin=lose_rights)
    return check


def lose_rights() -> None:
    """What a visit wants is imported before: nobody need not be allowed to look into our environment."""
    with contextlib.suppress(ImportError):
        gpio.import_lgpio()
        importlib.import_module("gpiozero")
    become_nobody()


@as_root
def test_a_user_who_is_not_in_the_group_of_the_camera_is_told_which() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        device = Path(folder, "video0")
        device.touch(mode=0o660)
        check = as_nobody(camera.checks, v4l2(), Path(folder))
    assert check.fix == f"{device}: this user is not in the group root; add it, then reboot"


@as_root
@needs_lgpio
def test_a_user_who_is_not_in_the_group_gpio_is_told() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        Path(folder, "gpiochip0").touch(mode=0o660)
        Path(folder, "cpuinfo").write_text(PI)
        check = as_nobody(pins.checks, config.check({}, "test"), Path(folder), Path(folder))
    assert check.fix.endswith("gpiochip0: not allowed; add this user to the group `gpio`")


def test_a_moodbox_is_known_by_its_command_line(tmp_path: Path) -> None:
    """A fake /proc: the service, and another program, have the same file open."""
    file = tmp_path / "video0"
    file.touch()
    for pid, words in ((11, ["python3", "-m", "appliance", "run"]), (12, ["/usr/bin/motion", "-n"])):
        (tmp_path / f"proc/{pid}/fd").mkdir(parents=True)
        (tmp_path / f"proc/{pid}/fd/3").symlink_to(file)
        (tmp_path / f"proc/{pid}/cmdline").write_text("\0".join([*words, ""]))
    found = holders.holders([file], tmp_path / "proc")
    assert [(holder.pid, holder.name, holder.is_ours) for holder in found] == [
        (11, "moodbox", True),
        (12, "motion", False),
    ]


# --- models ----------------------------------------------------------------------------------------------


def versions(**packages: str) -> models.Version:
    def version(name: str) -> str:
        found = packages.get(name.replace("-", "_"))
        if found is None:
            raise metadata.PackageNotFoundError(name)
        return found

    return version


@pytest.mark.parametrize(
    ("packages", "ok", "says"),
    [
        ({"numpy": "1.24.2", "ai_edge_litert": "2.1.6"}, True, "ai-edge-litert 2.1.6 with numpy 1.24.2"),
        ({"numpy": "2.2.0", "ai_edge_litert": "2.3.0"}, True, "ai-edge-litert 2.3.0 with numpy 2.2.0"),
        ({"numpy": "2.2.0", "ai_edge_litert": "1.2.0"}, False, "1.2.0 is too old; remove the folder .venv"),
        ({"numpy": "1.24.2", "tflite_runtime": "2.14.0"}, True, "tflite-runtime 2.14.0 with numpy 1.24.2"),
        (
            {"numpy": "2.2.0", "tflite_runtime": "2.14.0"},
            False,
            "dies with numpy 2.2.0; remove the folder .venv",
        ),
        ({"numpy": "2.2.0"}, False, "there is none; remove the folder .venv and run `deploy/try.sh` again"),
    ],
)
def test_the_runtime_must_go_with_its_numpy(packages: dict[str, str], ok: bool, says: str) -> None:
    """picamera2 #1088, PR #1342; tflite-runtime dies beside numpy 2 without a word."""
    check = models.runtime(versions(**packages))
    assert (check.ok, says in check.found + check.fix) == (ok, True)


@pytest.mark.parametrize("content", [b"", b"\x1c\0\0\0TFL3" + bytes(100), b"hello, I am a text"])
def test_a_foreign_or_damaged_model_is_told_with_the_remedy(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "emotion.tflite"
    file.write_bytes(content)
    chosen = config.check({"vision": {"model": str(file), "detector": str(file)}}, "test")
    checks = models.checks(chosen)
    assert [check.ok for check in checks] == [True, False, False]
    assert all(str(tmp_path) in check.fix for check in checks[1:])


def test_a_face_detector_that_is_not_the_pinned_one_is_told(tmp_path: Path) -> None:
    file = tmp_path / "face_detector.tflite"
    file.write_bytes((tflite.MODELS / "face_detector.tflite").read_bytes() + b"\0")
    checks = models.checks(config.check({"vision": {"detector": str(file)}}, "test"))
    assert "python models/fetch.py" in only(checks, "face detector").fix


# --- GPIO ------------------------------------------------------------------------------------------------


@pytest.fixture
def hearing(tmp_path: Path) -> Config:
    return config.check({"state": {"music": str(tmp_path / "music.db")}}, "test")


def test_a_box_that_cannot_hear_songs_is_told_with_the_remedy(hearing: Config) -> None:
    (found,) = ear.checks(hearing, which=lambda program: None)
    assert not found.ok
    assert "apt-get install ffmpeg" in found.fix


def test_a_box_with_one_ear_hears_and_says_how_to_get_the_second(hearing: Config, tmp_path: Path) -> None:
    (found,) = ear.checks(hearing, which=str, second=tmp_path / "gone.tflite")
    assert found.ok
    assert "gone.tflite" in found.found
    assert "converter music fetch" in found.found


def test_a_box_that_learns_nothing_needs_no_ear() -> None:
    assert ear.checks(config.check({"state": {"music": ""}}, "test"), which=lambda program: None) == []


def board_with(tmp_path: Path, *chips: str) -> tuple[Path, Path]:
    """Its /dev and /proc."""
    proc, dev = tmp_path / "proc", tmp_path / "dev"
    proc.mkdir()
    dev.mkdir()
    (proc / "cpuinfo").write_text(PI)
    for chip in chips:
        (dev / chip).touch()
    return dev, proc


def test_a_pc_without_gpio_is_well(tmp_path: Path) -> None:
    assert only(pins.checks(config.check({}, "test"), tmp_path, tmp_path), "GPIO").ok


@needs_lgpio
def test_a_board_without_a_gpio_chip_is_not(tmp_path: Path) -> None:
    check = only(pins.checks(config.check({}, "test"), *board_with(tmp_path)), "GPIO")
    assert 'set gpio.factory to "none"' in check.fix


@needs_lgpio
def test_a_board_with_a_chip_and_rights_to_it_is_well(tmp_path: Path) -> None:
    check = only(pins.checks(config.check({}, "test"), *board_with(tmp_path, "gpiochip0")), "GPIO")
    assert check.found == f"{tmp_path}/dev/gpiochip0"


@needs_lgpio
@pytest.mark.parametrize(("name", "ok"), [("lg", True), (None, True), ("spi0 CS1", False)])
def test_a_pin_that_another_holds_is_named(name: str | None, ok: bool, tmp_path: Path) -> None:
    """Phoniebox #2575: GPIO busy. `lg` is what lgpio, and so this box, calls itself."""
    dev, proc = board_with(tmp_path, "gpiochip0")
    holds = {17: name}
    check = only(pins.checks(config.check({}, "test"), dev, proc, lambda _, pin: holds.get(pin)), "GPIO")
    assert check.ok is ok
    assert ok or check.fix.startswith("GPIO 17 (buttons.pause) is held by spi0 CS1; stop that")


# --- music -----------------------------------------------------------------------------------------------


def test_mpd_that_is_down_is_told(tmp_path: Path) -> None:
    checks = music.checks(config.check({"mpd": {"address": str(tmp_path / "none")}}, "test"), tmp_path)
    assert "see whether it runs, and mpd.address" in only(checks, "MPD").fix


def test_moods_without_music_are_named_with_their_place(tmp_path: Path) -> None:
    write_tone(tmp_path / "music/happy/a.flac")
    with PrivateMpd(tmp_path / "mpd", tmp_path / "music") as mpd:
        checks = music.checks(config.check({"mpd": {"address": mpd.address}}, "test"), tmp_path)
    fix = only(checks, "music").fix
    assert "sad (folder 'sad')" in fix
    assert not [mood for mood in EMOTIONS if (f"{mood} (" in fix) == (mood == "happy")]


def test_an_empty_library_is_told(tmp_path: Path) -> None:
    (tmp_path / "music").mkdir()
    with PrivateMpd(tmp_path / "mpd", tmp_path / "music") as mpd:
        checks = music.checks(config.check({"mpd": {"address": mpd.address}}, "test"), tmp_path)
    assert only(checks, "music").fix.startswith("MPD has no song; copy music into its folder")


def test_mpd_that_plays_into_nothing_is_told(mpd_server: PrivateMpd, tmp_path: Path) -> None:
    """A sound card that is late at boot, or was pulled out: raspberrypi/linux #7344."""
    checks = music.checks(config.check({"mpd": {"address": mpd_server.address}}, "test"), tmp_path)
    assert only(checks, "MPD output").fix.startswith("MPD plays into nothing")
    assert only(checks, "sound card").fix.startswith("there is none; plug it in")


def test_a_sound_card_of_another_name_is_told(tmp_path: Path) -> None:
    card = tmp_path / "card0"
    (card / "pcm0p").mkdir(parents=True)
    (card / "id").write_text("Device\n")
    (tmp_path / "cards").write_text(" 0 [Device         ]: USB-Audio - USB\n")
    (tmp_path / "Device").symlink_to(card)
    chosen = {"mpd": {"address": str(tmp_path / "none")}}
    assert (
        only(music.checks(config.check(chosen, "test"), tmp_path), "sound card").found == "Device, silent now"
    )
    (card / "pcm0p/sub0").mkdir()
    (card / "pcm0p/sub0/status").write_text("state: RUNNING\nowner_pid   : 612\n")
    assert (
        only(music.checks(config.check(chosen, "test"), tmp_path), "sound card").found == "Device, it plays"
    )
    chosen["mpd"]["output"] = "sndrpihifiberry"
    fix = only(music.checks(config.check(chosen, "test"), tmp_path), "sound card").fix
    assert fix == "no card is named 'sndrpihifiberry'; set mpd.output to auto, or to one of Device"


# --- broker and page -------------------------------------------------------------------------------------


def test_a_broker_that_is_down_is_told() -> None:
    chosen = config.check({"mqtt": {"broker": "127.0.0.1", "port": _free_port()}}, "test")
    (check,) = broker.checks(chosen)
    assert (check.name, check.ok) == ("MQTT broker", False)
    assert check.fix


@pytest.mark.parametrize(
    ("birth", "ok"), [("online", True), ("offline", False), ("", True)], ids=["online", "offline", "not kept"]
)
def test_home_assistant_is_known_by_its_birth_message(birth: str, ok: bool, tmp_path: Path) -> None:
    with Mosquitto(tmp_path / "mosquitto") as mqtt, contextlib.closing(Listener(mqtt.port)) as home:
        home.say("homeassistant/status", birth, retain=True)
        chosen = config.check({"mqtt": {"broker": "127.0.0.1", "port": mqtt.port}}, "test")
        checks = broker.checks(chosen)
    assert only(checks, "MQTT broker").ok
    assert only(checks, "Home Assistant").ok is ok


def test_a_page_that_does_not_answer_is_told() -> None:
    (check,) = page.checks(config.check({"page": {"port": _free_port()}}, "test"))
    assert "nothing answers at http://127.0.0.1:" in check.fix


def test_a_page_that_fails_is_told() -> None:
    class Failing(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(500)

        def log_message(self, *about: object) -> None:
            """Nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Failing) as server:
        answers = threading.Thread(target=server.handle_request)
        answers.start()
        chosen = config.check({"page": {"address": "127.0.0.1", "port": server.server_port}}, "test")
        (check,) = page.checks(chosen)
        answers.join()
    assert f"answers 500; see {ways().log}" in check.fix


# --- Wi-Fi -----------------------------------------------------------------------------------------------


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    """/sys of a machine with a Wi-Fi adapter, switched on, and Bluetooth, switched off."""
    (tmp_path / "class/net/wlan0/phy80211").mkdir(parents=True)
    for name, kind, soft in (("rfkill0", "wlan", "0"), ("rfkill1", "bluetooth", "1")):
        switch = tmp_path / "class/rfkill" / name
        switch.mkdir(parents=True)
        for file, text in (("type", kind), ("soft", soft), ("hard", "0")):
            (switch / file).write_text(f"{text}\n")
    return tmp_path


def test_a_box_on_a_cable_needs_no_wifi(tmp_path: Path) -> None:
    assert wifi.checks(config.load(), tmp_path, tmp_path) == [
        Check("Wi-Fi", True, found="no adapter; by cable")
    ]


def test_a_wifi_that_is_on_is_named(adapter: Path) -> None:
    assert wifi.checks(config.load(), adapter, adapter) == [Check("Wi-Fi", True, found="wlan0")]


def test_a_wifi_that_is_off_keeps_the_hotspot_from_opening(adapter: Path) -> None:
    (adapter / "class/rfkill/rfkill0/soft").write_text("1\n")
    (check,) = wifi.checks(config.load(), adapter, hotspot=adapter)
    assert not check.ok
    assert "do_wifi_country" in check.fix
    (check,) = wifi.checks(config.load(), adapter, hotspot=adapter / "none")
    assert check == Check("Wi-Fi", True, found="wlan0, switched off")


# --- the board -------------------------------------------------------------------------------------------


def vcgencmd(tmp_path: Path, says: str) -> tuple[str, ...]:
    script = tmp_path / "vcgencmd"
    script.write_text(f'#!/bin/sh\n[ "$1" = get_throttled ] && echo "{says}"\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return (str(script),)


@pytest.mark.parametrize(
    ("says", "fix"),
    [
        ("throttled=0x0", ""),
        ("throttled=0x50005", "now undervoltage: use the Pi's own power supply"),
        ("throttled=0x10000", "since the start there was undervoltage"),
        ("throttled=0x80008", "now it is hot"),
        ("error=1", "vcgencmd does not answer"),
    ],
)
def test_a_weak_power_supply_and_heat_are_told(says: str, fix: str, tmp_path: Path) -> None:
    (check,) = board.power(vcgencmd(tmp_path, says))
    assert check.ok is (not fix)
    assert check.fix.startswith(fix)


def test_a_clock_that_nobody_has_set_is_told() -> None:
    """A Pi has no clock at boot, and its owner looks for the network first."""
    assert "is the network up" in board.synchronised(lambda: False).fix


def test_a_full_card_is_told(tmp_path: Path) -> None:
    check = board.free(tmp_path, least_mb=10**9)
    assert not check.ok
    assert "delete music" in check.fix


def test_a_state_folder_that_is_missing_or_not_ours_is_told(tmp_path: Path) -> None:
    assert "there is no such folder" in board.writable(tmp_path / "none").fix
    assert board.writable(tmp_path).ok


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can ask for another user")
def test_no_remedy_gives_away_what_the_settings_name(tmp_path: Path) -> None:
    """Who had taken over the box would write `/etc/x` there, and wait for the owner."""
    tmp_path.chmod(0o700)
    found = board.writable(tmp_path, "nobody")
    assert (found.ok, "chown" in found.fix) == (False, False)
    assert "nobody may not write there" in found.fix


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a file system read-only")
def test_a_card_that_became_read_only_is_told() -> None:
    """pimusicbox #373: cards wear out. /proc/sys takes no files, whoever asks."""
    assert "cannot be written" in board.writable(Path("/proc/sys")).fix
