"""Every command, its arguments and what runs it."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import appliance
from appliance.cli.manual import CLOSING, DETAILS
from appliance.errors import CommandRejected
from appliance.protocol.declared import COMMANDS
from appliance.protocol.declaring import Argument, Choice, Number, Sound, Switch, TimeOfDay
from appliance.protocol.emotions import AUTO, EMOTIONS


def parser() -> argparse.ArgumentParser:
    """Make the parser of `moodbox`. `run` of what it parses is the command: options in, exit status out."""
    result = argparse.ArgumentParser(
        prog="moodbox",
        description="Plays the music that fits the face in front of the camera.",
        epilog=CLOSING,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    result.add_argument("--version", action="version", version=f"moodbox {appliance.__version__}")
    result.add_argument("--config", type=Path, metavar="FILE", help="settings to use instead of the box's")
    result.add_argument("--socket", type=Path, metavar="PATH", help="control socket of the box to steer")
    result.add_argument(
        "--log", choices=("debug", "info", "warning", "error"), help="how much `run` and `demo` log"
    )
    result.set_defaults(needs_root=False)
    commands = result.add_subparsers(title="commands", dest="command", required=True, metavar="COMMAND")
    _add_work(commands)
    _add_config(commands)
    _add_mqtt(commands)
    _add_library(commands)
    _add_taste(commands)
    _add_steering(commands)
    _describe(commands)
    return result


def _later(place: str) -> Callable[[argparse.Namespace], int]:
    """Return the command at a place such as `work.run`, imported only then: that takes a small Pi seconds."""
    module, _, name = place.partition(".")
    return partial(_run, module, name)


def _run(module: str, name: str, options: argparse.Namespace) -> int:
    status: int = getattr(importlib.import_module(f"appliance.cli.{module}"), name)(options)
    return status


def _describe(commands: Any, before: str = "") -> None:
    """Give every command its page of the manual."""
    for name, command in commands.choices.items():
        command.description = DETAILS.get(before + name)


def _add_work(commands: Any) -> None:
    run = commands.add_parser("run", help="run the box: the service that systemd starts")
    run.add_argument(
        "--safe-if",
        type=Path,
        metavar="PATH",
        help="safe mode, music and page without a camera, if PATH exists",
    )
    run.set_defaults(run=_later("work.run"))

    boot = commands.add_parser("boot", help="how long it took from the kernel's start to the first song")
    boot.add_argument("--json", action="store_true", help="the figures as JSON")
    boot.set_defaults(run=_later("work.boot"))

    demo = commands.add_parser("demo", help="the main job on this machine: faces in, music out, own MPD")
    demo.add_argument(
        "--camera",
        default="recording",
        metavar="SOURCE",
        help="recording (the drawn listener, default), auto, picamera2, v4l2:0 (a webcam), replay:PATH",
    )
    demo.add_argument(
        "--for", dest="duration_s", type=_duration_s, metavar="TIME", help="end by itself, e.g. 30s"
    )
    demo.add_argument("--json", action="store_true", help="the closing table as JSON, on the last line")
    demo.set_defaults(run=_later("work.demo"), needs_root=True)  # is nobody's business but its starter's

    doctor = commands.add_parser("doctor", help="what works, what does not, and the fix; best with sudo")
    doctor.add_argument("--json", action="store_true", help="the checks as JSON, on the last line")
    doctor.set_defaults(run=_later("work.doctor"), needs_root=True)

    password = commands.add_parser("password", help="make a new password for the page, and show it once")
    password.add_argument("--read", action="store_true", help="take it from standard input instead")
    password.set_defaults(run=_later("work.password"))

    _add_update(commands)

    bench = commands.add_parser("bench", help="how long a look takes on this machine")
    bench.add_argument("--json", action="store_true", help="the figures as JSON, on the last line")
    bench.set_defaults(run=_later("work.bench"))


def _add_update(commands: Any) -> None:
    update = commands.add_parser(
        "update", help="install another release; one that is not well is taken back by itself"
    )
    update.add_argument(
        "place",
        metavar="FILE|URL",
        nargs="?",
        help="the bundle, its signature beside it (.sig); default: the newest at update.address",
    )
    update.add_argument("--look", action="store_true", help="only find out which release is the newest there")
    update.add_argument("--downgrade", action="store_true", help="let it be an older release")
    update.set_defaults(run=_later("work.update"), needs_root=True)
    rollback = commands.add_parser("rollback", help="go back to the release before this one")
    rollback.set_defaults(run=_later("work.rollback"), needs_root=True)


def _add_config(commands: Any) -> None:
    config = commands.add_parser("config", help="check, show or begin the settings")
    actions = config.add_subparsers(dest="action", required=True, metavar="ACTION")
    plain = {
        "check": "say what is wrong, all of it",
        "migrate": "bring the file to this release's form, a copy kept; the installer does it",
        "show": "what is in force, with its documentation",
    }
    for name, words in plain.items():
        actions.add_parser(name, help=words).set_defaults(run=_later(f"settings.config_{name}"))
    init = actions.add_parser("init", help="write a settings file to begin with")
    init.add_argument("path", type=Path, nargs="?", default=Path("moodbox.toml"), help="default: %(default)s")
    init.set_defaults(run=_later("settings.config_init"))
    _describe(actions, "config ")


def _add_mqtt(commands: Any) -> None:
    mqtt = commands.add_parser("mqtt", help="the way to Home Assistant: try it, or be forgotten there")
    actions = mqtt.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("check", help="connect to the broker once").set_defaults(
        run=_later("settings.mqtt_check")
    )
    purge = actions.add_parser("purge", help="make the broker and Home Assistant forget this box")
    purge.add_argument("--id", help="of another box, one that is gone; default: this one")
    purge.add_argument("--prefix", help="of its topics; default: mqtt.prefix")
    purge.add_argument("--discovery-prefix", help="Home Assistant's then; default: mqtt.discovery_prefix")
    purge.set_defaults(run=_later("settings.mqtt_purge"))
    _describe(actions, "mqtt ")


def _add_library(commands: Any) -> None:
    songs = commands.add_parser("library", help="hear the songs, and say which mood they suit")
    actions = songs.add_subparsers(dest="action", required=True, metavar="ACTION")
    scan = actions.add_parser("scan", help="hear every song once; may be ended at any time, and goes on")
    scan.add_argument("--quiet", action="store_true", help="do not say how far it is")
    scan.add_argument("--fast", action="store_true", help="do not let everything else go before it")
    scan.set_defaults(run=_later("library.scan"))
    report = actions.add_parser("report", help="the music of each mood, what is missing, unsure or failed")
    report.add_argument("--json", action="store_true", help="the report as JSON")
    report.set_defaults(run=_later("library.report"))
    correct = actions.add_parser("correct", help="say which mood a song suits")
    correct.add_argument("song", metavar="SONG", help="as the report names it")
    correct.add_argument("mood", metavar="MOOD", choices=(*EMOTIONS, AUTO), help="or auto, to take it back")
    correct.set_defaults(run=_later("library.correct"))
    _describe(actions, "library ")


def _add_taste(commands: Any) -> None:
    known = commands.add_parser("taste", help="what the box knows of who likes what")
    actions = known.add_subparsers(dest="action", required=True, metavar="ACTION")
    show = actions.add_parser("show", help="whom and what each person finishes, likes and dislikes")
    show.add_argument("--json", action="store_true", help="the same as JSON")
    show.set_defaults(run=_later("taste.show"), needs_root=True)
    export = actions.add_parser("export", help="every event, as JSON")
    export.set_defaults(run=_later("taste.export"), needs_root=True)
    forget = actions.add_parser("forget", help="forget a song, a person, or all")
    what = forget.add_subparsers(dest="what", required=True, metavar="WHAT")
    for name, words in (("song", "as MPD names it"), ("person", "a name, or everybody")):
        what.add_parser(name, help=f"forget a {name}").add_argument("name", help=words)
    what.add_parser("all", help="forget everything")
    for each in (*what.choices.values(), forget):
        each.set_defaults(run=_later("taste.forget"), needs_root=True)
    _describe(actions, "taste ")
    _describe(what, "taste forget ")


def _add_steering(commands: Any) -> None:
    steering = [commands.add_parser("status", help="what the running box does, and why")]
    for declared in COMMANDS.values():
        command = commands.add_parser(declared.name, help=declared.words)
        steering.append(command)
        if declared.argument:
            _add_argument(command, declared.argument.name, declared.argument)
        if declared.option:
            _add_argument(command, f"--{declared.option.name}", declared.option)
    for command in steering:
        command.add_argument("--json", action="store_true", help="the whole snapshot as JSON")
        command.set_defaults(run=_later("steering.steer"))


def _add_argument(command: Any, name: str, argument: Argument) -> None:
    more: dict[str, Any] = {}
    match argument:
        case Choice():
            more = {"choices": argument.options, "metavar": argument.name.upper()}
        case Switch():
            more = {"metavar": "on|off"}
        case TimeOfDay():
            more = {"metavar": "HH:MM|off"}
        case Sound():
            more = {"metavar": "URL|SONG"}
        case Number() if name.startswith("-"):
            more = {"metavar": "PERCENT"}
    command.add_argument(name, type=partial(_from_text, argument), help=argument.words, **more)


def _from_text(argument: Argument, text: str) -> object:
    try:
        return argument.from_text(text)
    except CommandRejected as error:
        raise argparse.ArgumentTypeError(f"{text!r}: {error}") from None


def _duration_s(text: str) -> float:
    """Read 30s, 2m, 1h or a number of seconds."""
    units = {"s": 1, "m": 60, "h": 3600}
    number, unit = (text[:-1], units[text[-1]]) if text[-1:] in units else (text, 1)
    try:
        seconds = float(number) * unit
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is no duration; write 30s, 2m or 1h")
    return seconds
