"""`moodbox …` as people type it: what is printed where, and the exit status."""

from __future__ import annotations

import http.server
import json
import logging
import os
import re
import signal
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from datetime import time
from pathlib import Path

import pytest

from appliance import config
from appliance.__main__ import main
from appliance.cli import steering
from appliance.control import ControlServer
from appliance.protocol import commands as cmd
from appliance.protocol.looks import Mood
from appliance.protocol.messages import Song
from appliance.protocol.snapshot import Playing, Snapshot

FIVE_ERRORS = """\
[mood]
reacton = "slow"
away_after_s = "long"
[volume]
max = 300
[music.moods]
joy = { folder = "joy" }
[buttons]
pause = 2
"""


class Box:
    """Answers on a control socket as the service does."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.taken: list[cmd.Command] = []
        self.snapshot = Snapshot(
            at=0.0,
            mood=Mood("happy", 0.0),
            faces=2,
            playing=Playing.MUSIC,
            song=Song("happy/a.flac", "A Song", "Somebody"),
            why="You look happy",
            volume=40,
            degraded={"mqtt": "no broker"},
        )

    def ask(self, command: cmd.Command) -> Future[Snapshot]:
        self.taken.append(command)
        answer: Future[Snapshot] = Future()
        answer.set_result(self.snapshot)
        return answer


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    box = Box(tmp_path / "control")
    server = ControlServer(box.path, box.ask, lambda: box.snapshot)
    yield box
    server.close()


# --- settings --------------------------------------------------------------------------------------------


def test_all_five_errors_are_told_each_with_its_path_and_the_status_is_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "box.toml"
    file.write_text(FIVE_ERRORS)
    assert main(["--config", str(file), "config", "check"]) == 2
    said = capsys.readouterr()
    paths = [line.removeprefix(f"moodbox: {file}: ").partition(":")[0] for line in said.err.splitlines()]
    assert sorted(paths) == [
        "buttons.pause",
        "mood.away_after_s",
        "mood.reacton",
        "music.moods.joy",
        "volume.max",
    ]
    assert "did you mean 'reaction'?" in said.err
    assert said.out == ""


def test_good_settings_are_called_good_and_shown_whole_without_secrets(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "box.toml"
    file.write_text('[mood]\nreaction = "slow"\n[mpd]\npassword = "sesame"\n')
    assert main(["--config", str(file), "config", "check"]) == 0
    assert capsys.readouterr().out == f"{file}: good\n"
    assert main(["--config", str(file), "config", "show"]) == 0
    shown = capsys.readouterr().out
    assert tomllib.loads(shown)["mood"]["reaction"] == "slow"
    assert "sesame" not in shown


def test_what_init_writes_is_good_and_is_never_written_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "box.toml"
    assert main(["config", "init", str(file)]) == 0
    assert main(["--config", str(file), "config", "check"]) == 0
    file.write_text("version = 1\n")
    assert main(["config", "init", str(file)]) == 2
    assert file.read_text() == "version = 1\n"
    assert "File exists; it is left as it is" in capsys.readouterr().err
    assert main(["config", "init", str(tmp_path / "none" / "box.toml")]) == 2
    assert "make its folder first" in capsys.readouterr().err


@pytest.mark.parametrize("more", ["", "version = 1\n[camera]\nfps = -3\n", "[control]\nnonsense = 3\n"])
def test_a_box_with_wrong_settings_is_reached_where_its_own_say(tmp_path: Path, box: Box, more: str) -> None:
    file = tmp_path / "moodbox.toml"
    table = more if "control" in more else f"{more}[control]\n"
    file.write_text(f'{table}socket = "{box.path}"\n')
    assert main(["--config", str(file), "status"]) == 0


@pytest.mark.parametrize(
    "words", ["not toml [", "control = 3", "[control]\nsocket = 3", '[control]\nsocket = ""']
)
def test_where_the_settings_name_no_socket_it_is_the_usual_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    asked: list[Path] = []
    monkeypatch.setattr(steering, "send", lambda socket, message: asked.append(socket))
    file = tmp_path / "moodbox.toml"
    file.write_text(words)
    for own in (file, tmp_path / "none"):
        assert main(["--config", str(own), "status", "--json"]) == 0
    assert asked == [Path(config.check({}, "defaults").control.socket)] * 2


def test_the_log_level_of_the_command_line_stands_over_that_of_the_settings(tmp_path: Path, box: Box) -> None:
    file = tmp_path / "box.toml"
    file.write_text(f'[log]\nlevel = "error"\n[control]\nsocket = "{box.path}"\n[state]\nfile = ""\n')
    levels = []
    with handlers_kept():
        for words in ([], ["--log", "debug"]):
            # Another box runs: this one ends at once.
            assert main(["--config", str(file), *words, "run"]) == 2
            levels.append(logging.getLevelName(logging.getLogger().level))
    assert levels == ["ERROR", "DEBUG"]


@contextmanager
def handlers_kept() -> Iterator[None]:
    """What the command line does with signals, and with the log, is undone."""
    numbers, log = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP), logging.getLogger()
    before, level, listening = [signal.getsignal(number) for number in numbers], log.level, log.handlers[:]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
        log.setLevel(level)
        log.handlers[:] = listening


PAGE = ("flask", "werkzeug", "cheroot", "jinja2")
MQTT = ("paho",)


def without(libraries: Sequence[str], *words: str) -> subprocess.CompletedProcess[str]:
    """`moodbox WORDS` where these libraries are not installed."""
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({libraries})); "
        f"from appliance.__main__ import main; sys.exit(main({words}))"
    )
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_settings_are_migrated_without_the_page(tmp_path: Path) -> None:
    file = tmp_path / "box.toml"
    file.write_text("version = 2\n")
    file.with_name("box.toml.version-1").write_text("version = 1\n")
    ran = without(PAGE, "--config", str(file), "config", "migrate")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert file.read_text() == "version = 1\n"


def test_a_password_for_a_page_that_is_not_installed_says_what_is_missing(tmp_path: Path) -> None:
    file = tmp_path / "box.toml"
    file.write_text(f'[page]\nfolder = "{tmp_path}"\n')
    ran = without(PAGE, "--config", str(file), "password")
    assert ran.returncode == 2
    assert re.fullmatch(r"moodbox: page: .*; install the extra `page`, or .* = false\n", ran.stderr)


def test_the_doctor_says_that_the_page_is_not_installed_whatever_answers_in_its_place(tmp_path: Path) -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler) as other:
        threading.Thread(target=other.serve_forever, args=(0.01,), daemon=True).start()
        file = tmp_path / "box.toml"
        file.write_text(f'[page]\naddress = "127.0.0.1"\nport = {other.server_port}\n')
        ran = without(PAGE, "--config", str(file), "doctor", "--json")
        other.shutdown()
    (page,) = (check for check in json.loads(ran.stdout)["checks"] if check["name"] == "page")
    assert not page["ok"]
    assert re.search("flask|cheroot|werkzeug", page["fix"])


def test_a_broker_that_is_tried_without_mqtt_says_what_is_missing(tmp_path: Path) -> None:
    file = tmp_path / "box.toml"
    file.write_text('[mqtt]\nbroker = "localhost"\n')
    ran = without(MQTT, "--config", str(file), "mqtt", "check")
    assert ran.returncode == 2
    assert "paho-mqtt is not installed" in ran.stderr


# --- steering --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "command"),
    [
        ("play", cmd.Play()),
        ("pause", cmd.Pause()),
        ("toggle", cmd.Toggle()),
        ("skip", cmd.Skip()),
        ("previous", cmd.Previous()),
        ("stop", cmd.Stop()),
        ("volume 40", cmd.SetVolume(40)),
        ("volume 55.5", cmd.SetVolume(56)),
        ("volume-step -5", cmd.StepVolume(-5)),
        ("mood sad", cmd.ChooseMood("sad")),
        ("auto", cmd.Automatic()),
        ("like", cmd.Like()),
        ("camera off", cmd.SwitchCamera(False)),
        ("sleep 30", cmd.Sleep(1800)),
        ("alarm 07:00", cmd.SetAlarm(time(7))),
        ("alarm off", cmd.SetAlarm(None)),
    ],
)
def test_every_word_reaches_the_box(box: Box, words: str, command: cmd.Command) -> None:
    assert main(["--socket", str(box.path), *words.split()]) == 0
    assert box.taken == [command]


def test_status_is_a_few_lines_for_people(box: Box, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--socket", str(box.path), "status"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "music: Somebody – A Song, volume 40 %",
        "why: You look happy",
        "sees: happy (2 in view), follows the camera",
        "mqtt degraded: no broker",
    ]


def test_a_name_in_the_status_steers_no_terminal(box: Box, capsys: pytest.CaptureFixture[str]) -> None:
    steering = "\x1b]0;mine\x07\x1b[2J\r\n\x7f\x9b31m\u202e"
    box.snapshot = replace(box.snapshot, song=Song("a", steering, "A"), degraded={"mqtt": steering})
    assert main(["--socket", str(box.path), "status"]) == 0
    assert main(["--socket", str(box.path), "status", "--json"]) == 0
    lines = capsys.readouterr().out.split("\n")
    assert len(lines) == 6
    assert not set(steering) & {one for line in lines for one in line} - set("]0;mine[2J31m")


def test_an_error_that_names_a_file_steers_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--config", "no\x1b[2Jfile", "config", "check"]) == 2
    assert "\x1b" not in capsys.readouterr().err


@pytest.mark.parametrize("encoding", ["iso-8859-1", "ascii"])
def test_a_terminal_without_the_character_shows_a_question_mark(box: Box, encoding: str) -> None:
    box.snapshot = replace(box.snapshot, song=Song("a", "Žižkov – 夜", "Somebody"))
    ran = subprocess.run(
        [sys.executable, "-m", "appliance", "--socket", str(box.path), "status"],
        env=os.environ | {"PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert ran.stdout.startswith(b"music: Somebody ? ?i?kov ? ?,")


def test_status_is_one_line_for_machines(box: Box, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--socket", str(box.path), "status", "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["playing"] == "music"


@pytest.mark.parametrize("words", ["volume 101", "sleep nan", "alarm 25:00", "volume-step 1000"])
def test_what_the_box_refuses_is_told_in_words(
    box: Box, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--socket", str(box.path), *words.split()]) == 1
    said = capsys.readouterr()
    assert (said.out, said.err.startswith("moodbox: "), box.taken) == ("", True, [])


def test_without_a_running_box_it_says_how_to_start_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--socket", str(tmp_path / "none"), "status"]) == 1
    assert "start it with `deploy/try.sh`" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", ["", "dance", "mood glad", "volume loud", "camera maybe", "demo --for soon", "demo --for 0s"]
)
def test_words_that_make_no_sense_are_refused_with_status_2(
    words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words.split())
    assert ended.value.code == 2
    assert "error: " in capsys.readouterr().err


def test_the_help_has_a_line_for_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    said = capsys.readouterr().out
    for command in ("run", "demo", "config", "bench", "doctor", "status", "mood", "auto", "volume"):
        assert f"\n    {command} " in said
