"""Settings that are well-formed and would end the box or its page fall back, and say so."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from processes import started

pytest.importorskip("flask", reason="the page is an optional extra")

from waiting import until
from webbing import Client, Served, free_port

from appliance import config as settings
from appliance.files import probation
from appliance.files.probation import VISIT_S, Probation
from appliance.files.together import Content, kept, replace_all
from appliance.service.usable import usable

WRONG = [
    ("control.socket", "/nowhere/at/all"),
    ("control.socket", "/" + "x" * 200),
    ("control.socket", "/etc/passwd"),
    ("mpd.password_file", "/nowhere"),
    ("mpd.password_file", "/tmp"),
    ("page.certificate", "/nowhere.pem"),
    ("page.certificate", "/etc/passwd"),
    ("page.address", "192.0.2.1"),
    ("page.address", "no such name"),
    ("page.folder", "/etc/passwd/page"),
]


@pytest.mark.parametrize(("path", "value"), WRONG)
def test_what_cannot_be_used_falls_back_and_says_so(path: str, value: str) -> None:
    section, key = path.split(".")
    config = settings.check({section: {key: value}}, "test")
    instead, problems = usable(config)
    assert [problem.partition(":")[0] for problem in problems] == [path]
    assert usable(instead)[1] == ()
    usual = getattr(getattr(settings.check({}, "test"), section), key)
    assert getattr(getattr(instead, section), key) == ("self-made" if key == "certificate" else usual)


@pytest.mark.parametrize("beside", [None, "certificate.pem", "sessions.json"])
def test_a_key_that_lies_alone_in_the_pages_folder_is_somebody_elses(
    tmp_path: Path, beside: str | None
) -> None:
    (tmp_path / "key.pem").write_text("-----BEGIN PRIVATE KEY-----\nMIGH")
    if beside:
        (tmp_path / beside).write_text("{}")
    config = settings.check({"page": {"certificate": "self-made", "folder": str(tmp_path)}}, "test")
    _, problems = usable(config)
    told = [problem for problem in problems if f"{tmp_path}/key.pem is not Moodbox's" in problem]
    assert len(told) == (beside is None)


def texts(tables: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """The paths of all settings that are a text."""
    for name, value in tables.items():
        if isinstance(value, dict):
            yield from texts(value, f"{path}{name}.")
        elif isinstance(value, str):
            yield path + name


def test_no_text_with_a_zero_ends_the_box(tmp_path: Path) -> None:
    """To open such a path raises a ValueError, which `state.file` did at every start."""
    own, usual = tmp_path / "moodbox.toml", settings.check({}, "defaults")
    every = [*texts(usual.model_dump(mode="json")), "page.hosts"]
    assert len(every) > 30
    for path in every:
        value = '["a\\u0000b"]' if path == "page.hosts" else '"/tmp/a\\u0000b"'
        own.write_text(f"{path} = {value}\n")
        config, problems = settings.salvage(own)
        assert config == usual, path
        assert problems[0].startswith(f"moodbox.toml: {path}: ") or path in problems[0]


@pytest.mark.parametrize(("path", "value"), WRONG)
def test_the_page_accepts_no_setting_that_would_end_it(tmp_path: Path, path: str, value: str) -> None:
    with Served(tmp_path, unusable=lambda wanted: usable(wanted)[1]) as served:
        answer = served.client.ask("PATCH", "/api/settings", {"changes": {path: value}})
        assert answer.status == 422
        assert not served.settings_file.exists()


def test_the_page_does_not_switch_itself_off(tmp_path: Path) -> None:
    with Served(tmp_path) as served:
        answer = served.client.ask("PATCH", "/api/settings", {"changes": {"page.enabled": False}})
        assert answer.status == 422
        assert "do it in the file" in answer.json["error"]


def send(own: Path, text: str) -> None:
    """Change the settings as the page does for a browser that is logged in."""
    replace_all(kept(own), {**probation.trial(own, "session"), own: Content(text.encode(), 0o600)})


def test_settings_that_move_the_page_are_taken_back_when_nobody_comes(tmp_path: Path) -> None:
    own = tmp_path / "moodbox.toml"
    own.write_text("[page]\nport = 1111\n")
    send(own, "")
    began = Probation(own, 0.0)
    began.visited("token")
    began.visited("local")
    assert not began.take_back(VISIT_S - 1)
    assert began.take_back(VISIT_S)
    assert own.read_text() == "[page]\nport = 1111\n"
    assert probation.refused(own).read_text() == ""
    begun_anew = Probation(own, 0.0)
    assert begun_anew.told is not None
    assert "the settings of before hold again" in begun_anew.told
    assert not begun_anew.take_back(VISIT_S)
    assert Probation(own, 0.0).told is None


def test_who_comes_back_keeps_the_new_settings_and_the_old_file(tmp_path: Path) -> None:
    own = tmp_path / "moodbox.toml"
    own.write_text("[page]\nport = 1111\n")
    running = Probation(own, 0.0)
    send(own, "[page]\nport = 2222\n")
    running.visited("session")  # of the service that still has the settings of before
    began = Probation(own, 0.0)
    began.visited("session")
    assert not began.take_back(VISIT_S)
    assert not Probation(own, 0.0).take_back(VISIT_S)
    assert own.read_text() == "[page]\nport = 2222\n"
    assert probation.before(own).read_text() == "[page]\nport = 1111\n"


def test_what_cannot_be_put_back_now_is_put_back_later(tmp_path: Path) -> None:
    own = tmp_path / "moodbox.toml"
    own.write_text("[page]\nport = 1111\n")
    send(own, "")
    began = Probation(own, 0.0)
    probation.refused(own).mkdir()  # as where the card is full: nothing can be written there
    assert not began.take_back(VISIT_S)
    assert own.read_text() == ""
    assert probation.mark(own).read_text() == "session"  # a start in between has its trial, too
    probation.refused(own).rmdir()
    assert not began.take_back(VISIT_S + 1)  # the log need not say it every second
    assert began.take_back(2 * VISIT_S)
    assert own.read_text() == "[page]\nport = 1111\n"


def test_a_visit_counts_also_where_it_cannot_be_noted_at_once(tmp_path: Path) -> None:
    own = tmp_path / "moodbox.toml"
    send(own, "[page]\nport = 2222\n")
    began = Probation(own, 0.0)
    probation.mark(own).unlink()
    probation.mark(own).mkdir()  # cannot be removed as a file
    began.visited("session")
    assert not began.take_back(VISIT_S)
    probation.mark(own).rmdir()
    probation.mark(own).write_text("session")
    assert not began.take_back(VISIT_S + 1)
    assert own.read_text() == "[page]\nport = 2222\n"
    assert not probation.mark(own).exists()  # else the next start would put it on trial again


@contextlib.contextmanager
def files_end_at(largest: int) -> Iterator[None]:
    """As on a card with so much room. largest: bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_settings_that_cannot_be_written_are_not_on_trial(tmp_path: Path) -> None:
    """A mark without them would have the next start take back what nobody changed."""
    with Served(tmp_path) as served:
        served.settings_file.write_text("[page]\nport = 1111\n")
        large = b"[page]\nport = 2222\n" + b"# a note\n" * 2000
        with files_end_at(8192):
            answer = served.client.ask("PUT", "/api/settings/file", large, Content_Type="text/plain")
        assert answer.status == 422
        assert "File too large; the box may not write there, and nothing was changed" in answer.json["error"]
        assert served.settings_file.read_text() == "[page]\nport = 1111\n"
        left = {path.name for path in tmp_path.iterdir() if path.is_file()}
        assert left == {"moodbox.toml"}
        assert served.box.reloads == 0


@pytest.mark.slow
def test_a_real_box_undoes_a_change_that_a_power_cut_broke_off(tmp_path: Path) -> None:
    """The half of it that is there must not be what the box begins with."""
    own, port = tmp_path / "moodbox.toml", free_port()
    good = ALL_AT_ONCE.format(port=port, folder=tmp_path).replace("192.0.2.1", "127.0.0.1")
    own.write_text("")
    (tmp_path / "tokens.json").write_text("{}")
    before = {str(own): (base64.b64encode(good.encode()).decode(), 0o640), f"{tmp_path}/tokens.json": None}
    kept(own).write_text(json.dumps(before))
    with running(own):
        until(lambda: problems(port))
    assert own.read_text() == good
    assert not (tmp_path / "tokens.json").exists()
    assert not kept(own).exists()


@contextlib.contextmanager
def running(own: Path, *more: str) -> Iterator[subprocess.Popen[bytes]]:
    """A real service with these settings."""
    command = [sys.executable, "-m", "appliance", "--config", str(own), "run", *more]
    with started(command, stderr=subprocess.DEVNULL) as service:
        try:
            yield service
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(service.pid, signal.SIGTERM)
            service.wait(30)


def problems(port: int) -> list[str] | None:
    with contextlib.suppress(OSError):
        found: list[str] = Client(port).get("/api/state").json["problems"]
        return found
    return None


ALL_AT_ONCE = """\
[control]
socket = "/nowhere/control"
[mpd]
address = "/nowhere/mpd"
password_file = "/nowhere/password"
[page]
address = "192.0.2.1"
port = {port}
folder = "{folder}/page"
[state]
file = "{folder}/state.json"
[camera]
source = "replay:/nowhere"
"""


@pytest.mark.slow
def test_a_real_box_with_all_of_them_serves_its_page_and_names_each(tmp_path: Path) -> None:
    own, port = tmp_path / "moodbox.toml", free_port()
    own.write_text(ALL_AT_ONCE.format(port=port, folder=tmp_path))
    with running(own) as service:
        said = until(lambda: problems(port))
        assert service.poll() is None
    assert [line.partition(":")[0] for line in said] == [
        "control.socket", "mpd.password_file", "page.address",
    ]  # fmt: skip


def degraded(port: int) -> dict[str, str] | None:
    with contextlib.suppress(OSError):
        found: dict[str, str] = Client(port).get("/api/state").json["degraded"]
        return found
    return None


@pytest.mark.slow
def test_a_real_box_that_nobody_comes_back_to_takes_the_change_back_and_the_page_says_so(
    tmp_path: Path,
) -> None:
    """Also where the change was an emptied file, and its page is to be found nowhere that it was."""
    own, port = tmp_path / "moodbox.toml", free_port()
    good = ALL_AT_ONCE.format(port=port, folder=tmp_path).replace("192.0.2.1", "127.0.0.1")
    own.write_text(good)
    send(own, "")
    with running(own):
        said = until(lambda: (degraded(port) or {}).get("change"), within_s=VISIT_S + 60)
    assert "the settings of before hold again" in said
    assert own.read_text() == good
    assert probation.refused(own).read_text() == ""


@pytest.mark.slow
def test_safe_mode_serves_its_page_with_settings_that_cannot_be_used(tmp_path: Path) -> None:
    own, port, safe = tmp_path / "moodbox.toml", free_port(), tmp_path / "safe"
    safe.touch()
    own.write_text(ALL_AT_ONCE.format(port=port, folder=tmp_path))
    with running(own, "--safe-if", str(safe)):
        assert len(until(lambda: problems(port))) == 3
        assert "safe mode" in until(lambda: (degraded(port) or {}).get("camera"))


def test_the_doctor_sees_the_settings_as_the_box_does(tmp_path: Path) -> None:
    own = tmp_path / "moodbox.toml"
    own.write_text(ALL_AT_ONCE.format(port=free_port(), folder=tmp_path))
    command = [sys.executable, "-m", "appliance", "--config", str(own), "doctor", "--json"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    checks = {check["name"]: check for check in json.loads(ran.stdout.splitlines()[-1])["checks"]}
    assert not checks["settings"]["ok"]
    for key in ("control.socket", "mpd.password_file", "page.address"):
        assert key in checks["settings"]["fix"]
    assert "127.0.0.1" in checks["page"]["fix"]  # where the box serves it instead
