"""The command line: `moodbox`, or `python -m appliance`."""

from __future__ import annotations

import argparse
import json
import logging
import math
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import appliance
from appliance import config as settings
from appliance.config import salvage
from appliance.control import send
from appliance.errors import ConfigError, MoodboxError, UpdateFailed
from appliance.manual import CLOSING, DETAILS
from appliance.messages import EMOTIONS
from appliance.wire import PLAIN, WITH_ARGUMENT

FAILED = 1
WRONG_INPUT = 2
"""Exit status, as argparse has it, when the command line or the settings are wrong."""
INTERRUPTED = 130
"""As shells have it after Ctrl-C."""

SAFE = "safe mode: see `journalctl -u moodbox` for why; `sudo systemctl stop moodbox-safe` ends it"

WORDS = {
    "play": "go on, or start",
    "pause": "hold the song where it is",
    "toggle": "pause when playing, play when not",
    "skip": "another song of the same mood",
    "previous": "the song before",
    "stop": "silence until somebody asks for music",
    "auto": "follow the camera again",
    "like": "mark the song that plays",
    "power-off": "shut the machine down",
}

INIT_REMEDIES: Mapping[type[OSError], str] = {
    FileExistsError: "it is left as it is",
    FileNotFoundError: "make its folder first",
    PermissionError: "try again with sudo",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
        return status
    except ConfigError as error:
        _complain(error)
        return WRONG_INPUT
    except MoodboxError as error:
        _complain(error)
        return FAILED
    except BrokenPipeError:  # `moodbox status | head`
        sys.stderr.close()
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED


def _complain(error: MoodboxError) -> None:
    for line in str(error).splitlines():
        print(f"moodbox: {line}", file=sys.stderr)


# --- commands ----------------------------------------------------------------------------------------------


def _run(options: argparse.Namespace) -> int:
    while _run_once(options):
        pass
    return 0


def _run_once(options: argparse.Namespace) -> bool:
    """Run the box until it stops. Returns whether to begin anew, with changed settings."""
    safe = SAFE if options.safe_if and options.safe_if.exists() else None
    # A wrong setting never locks its owner out: its default is in force, and the page says what to mend.
    config, problems = salvage(options.config)
    _log_to_stderr(options.log or config.log.level)
    for problem in problems:
        logging.getLogger(__name__).error("%s; its default is in force", problem)
    from appliance.service import Service

    file = options.config or settings.system_file() or settings.SYSTEM_FILE
    service = Service(config, safe=safe, settings_file=file, problems=problems)
    _stop_on_signals(service.stop)
    service.run()
    return service.wants_reload


def _demo(options: argparse.Namespace) -> int:
    _log_to_stderr(options.log or "warning")
    _stop_on_signals(_interrupt)  # what is half made is cleared away, whatever ends it
    from appliance.demo import show

    return show.run(options.camera, options.duration_s, options.json, _stop_on_signals)


def _boot(options: argparse.Namespace) -> int:
    from appliance import boot

    return boot.run(as_json=options.json)


def _doctor(options: argparse.Namespace) -> int:
    from appliance import doctor

    config, problems = salvage(options.config)
    return doctor.run(config, problems, as_json=options.json)


def _password(options: argparse.Namespace) -> int:
    """Set the page's password; without one given, make it up and show it, this once."""
    from appliance.web.rights import Rights, make_password

    config, _ = salvage(options.config)
    given = sys.stdin.readline().rstrip("\n") if options.read else ""
    password = given or make_password()
    Rights(Path(config.page.folder)).set_password(password)
    print("the page's password is set" if given else f"the page's password: {password}")
    return 0


def _update(options: argparse.Namespace) -> int:
    from appliance import update

    update.update(options.place, _own_box(options), options.downgrade)
    return 0


def _rollback(options: argparse.Namespace) -> int:
    from appliance import update

    update.rollback(_own_box(options))
    return 0


def _own_box(options: argparse.Namespace) -> Any:
    from appliance.habits import Resume
    from appliance.update import Box

    if os.geteuid() != 0:
        raise UpdateFailed(f"only root may change releases: sudo moodbox {options.command} …")
    config, _ = salvage(options.config)
    return Box(may_be_silent=config.music.resume is Resume.PAUSED)


def _bench(options: argparse.Namespace) -> int:
    from appliance import bench

    return bench.run(as_json=options.json)


def _config_check(options: argparse.Namespace) -> int:
    settings.load(options.config)
    print(f"{options.config or settings.system_file() or 'the defaults'}: good")
    return 0


def _config_migrate(options: argparse.Namespace) -> int:
    from appliance.update.settings import convert

    print(convert(options.config or settings.system_file() or settings.SYSTEM_FILE))
    return 0


def _config_show(options: argparse.Namespace) -> int:
    print(settings.show(settings.load(options.config)), end="")
    return 0


def _config_init(options: argparse.Namespace) -> int:
    try:
        with options.path.open("x", encoding="utf-8") as file:
            file.write(settings.DEFAULTS.read_text(encoding="utf-8"))
    except OSError as error:
        remedy = INIT_REMEDIES.get(type(error), "name another place")
        raise ConfigError([f"{options.path}: {error.strerror}; {remedy}"]) from error
    print(f"{options.path}: written; every setting stands in it with its default")
    return 0


def _mqtt_check(options: argparse.Namespace) -> int:
    from appliance.homeassistant.access import broker_of, check

    mqtt = settings.load(options.config).mqtt
    check(mqtt)
    print(f"{broker_of(mqtt).place}: good; the box may speak and be spoken to there")
    return 0


def _mqtt_purge(options: argparse.Namespace) -> int:
    from appliance.homeassistant.access import purge

    gone = {"mqtt": {"id": options.id}} if options.id else {}
    emptied = purge(settings.load(options.config, gone).mqtt)
    print("\n".join(emptied))
    print(f"{len(emptied)} topics emptied; a running box fills them again at its next connection")
    return 0


def _steer(options: argparse.Namespace) -> int:
    """Send a command to the running service and print what it answers."""
    # The box runs with wrong settings, too, and must be reachable then.
    socket = options.socket or Path(salvage(options.config)[0].control.socket)
    snapshot = send(socket, {"command": options.command} | _argument(options))
    print(json.dumps(snapshot, ensure_ascii=False) if options.json else _sentence(snapshot))
    return 0


def _argument(options: argparse.Namespace) -> dict[str, Any]:
    names = {argument for argument, _ in WITH_ARGUMENT.values()}
    return {name: value for name, value in vars(options).items() if name in names}


def _sentence(snapshot: dict[str, Any]) -> str:
    """A few lines for people."""
    song = snapshot["song"]
    title = " – ".join(filter(None, (song["artist"], song["title"]))) or song["uri"] if song else "no song"
    volume = "" if snapshot["volume"] is None else f", volume {snapshot['volume']} %"
    lines = [f"{snapshot['playing']}: {title}{volume}"]
    if snapshot["why"]:
        lines.append(f"why: {snapshot['why']}")
    is_off = snapshot["camera"] == "off"
    seen = "the camera is off" if is_off else f"sees: {snapshot['mood']} ({snapshot['faces']} in view)"
    follows = f"mood by hand: {snapshot['by_hand']}" if snapshot["by_hand"] else "follows the camera"
    lines.append(seen if is_off and not snapshot["by_hand"] else f"{seen}, {follows}")
    lines += _timers(snapshot)
    lines += [f"{edge} degraded: {reason}" for edge, reason in snapshot["degraded"].items()]
    return "\n".join(lines)


def _timers(snapshot: dict[str, Any]) -> list[str]:
    sleep_s = snapshot["sleep_in_s"]
    set_now = [
        "quiet hours" if snapshot["quiet"] else "",
        "" if sleep_s is None else f"sleeps in {math.ceil(sleep_s / 60)} min",
        f"alarm at {snapshot['alarm']}" if snapshot["alarm"] else "",
    ]
    return [", ".join(filter(None, set_now))] if any(set_now) else []


# --- the outside -------------------------------------------------------------------------------------------


def _log_to_stderr(level: str) -> None:
    # journald adds the time and the unit by itself.
    logging.basicConfig(
        level=level.upper(), format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr, force=True
    )


def _stop_on_signals(stop: Any) -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stop())


def _interrupt() -> None:
    raise KeyboardInterrupt


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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="moodbox",
        description="Plays the music that fits the face in front of the camera.",
        epilog=CLOSING,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"moodbox {appliance.__version__}")
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings to use instead of the box's")
    parser.add_argument("--socket", type=Path, metavar="PATH", help="control socket of the box to steer")
    parser.add_argument(
        "--log", choices=("debug", "info", "warning", "error"), help="how much `run` and `demo` log"
    )
    commands = parser.add_subparsers(title="commands", dest="command", required=True, metavar="COMMAND")
    _add_work(commands)
    _add_config(commands)
    _add_mqtt(commands)
    _add_steering(commands)
    _describe(commands)
    return parser


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
    run.set_defaults(run=_run)

    boot = commands.add_parser("boot", help="how long it took from the kernel's start to the first song")
    boot.add_argument("--json", action="store_true", help="the figures as JSON")
    boot.set_defaults(run=_boot)

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
    demo.set_defaults(run=_demo)

    doctor = commands.add_parser("doctor", help="what works, what does not, and the fix; best with sudo")
    doctor.add_argument("--json", action="store_true", help="the checks as JSON, on the last line")
    doctor.set_defaults(run=_doctor)

    password = commands.add_parser("password", help="make a new password for the page, and show it once")
    password.add_argument("--read", action="store_true", help="take it from standard input instead")
    password.set_defaults(run=_password)

    update = commands.add_parser(
        "update", help="install another release; one that is not well is taken back by itself"
    )
    update.add_argument("place", metavar="FILE|URL", help="the bundle, its signature beside it (.sig)")
    update.add_argument("--downgrade", action="store_true", help="let it be an older release")
    update.set_defaults(run=_update)
    rollback = commands.add_parser("rollback", help="go back to the release before this one")
    rollback.set_defaults(run=_rollback)

    bench = commands.add_parser("bench", help="how long a look takes on this machine")
    bench.add_argument("--json", action="store_true", help="the figures as JSON, on the last line")
    bench.set_defaults(run=_bench)


def _add_config(commands: Any) -> None:
    config = commands.add_parser("config", help="check, show or begin the settings")
    actions = config.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("check", help="say what is wrong, all of it").set_defaults(run=_config_check)
    actions.add_parser(
        "migrate", help="bring the file to this release's form, a copy kept; the installer does it"
    ).set_defaults(run=_config_migrate)
    actions.add_parser("show", help="what is in force, with its documentation").set_defaults(run=_config_show)
    init = actions.add_parser("init", help="write a settings file to begin with")
    init.add_argument("path", type=Path, nargs="?", default=Path("moodbox.toml"), help="default: %(default)s")
    init.set_defaults(run=_config_init)
    _describe(actions, "config ")


def _add_mqtt(commands: Any) -> None:
    mqtt = commands.add_parser("mqtt", help="the way to Home Assistant: try it, or be forgotten there")
    actions = mqtt.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("check", help="connect to the broker once").set_defaults(run=_mqtt_check)
    purge = actions.add_parser("purge", help="make the broker and Home Assistant forget this box")
    purge.add_argument("--id", help="of another box, one that is gone; default: this one")
    purge.set_defaults(run=_mqtt_purge)
    _describe(actions, "mqtt ")


def _add_steering(commands: Any) -> None:
    steering = {name: commands.add_parser(name, help=WORDS[name]) for name in PLAIN}
    for name, words in (
        ("status", "what the running box does, and why"),
        ("volume", "set the volume"),
        ("volume-step", "change the volume by so many percentage points"),
        ("mood", "choose the mood by hand"),
        ("camera", "really close the camera, or open it again"),
        ("sleep", "fade out and pause after a while"),
        ("alarm", "wake up to music that rises softly"),
    ):
        steering[name] = commands.add_parser(name, help=words)
    steering["volume"].add_argument("percent", type=int, help="0 to 100")
    steering["volume-step"].add_argument("by", type=int, help="-100 to 100")
    steering["mood"].add_argument("mood", choices=EMOTIONS, metavar="MOOD", help=", ".join(EMOTIONS))
    steering["camera"].add_argument("on", type=_switch, metavar="on|off", help="off closes the device")
    steering["sleep"].add_argument("minutes", type=float, help="from now; 0 takes the timer back")
    steering["alarm"].add_argument("at", type=_alarm, metavar="HH:MM|off", help="such as 07:00")
    for command in steering.values():
        command.add_argument("--json", action="store_true", help="the whole snapshot as JSON")
        command.set_defaults(run=_steer)


def _alarm(text: str) -> str | None:
    return None if text == "off" else text


def _switch(text: str) -> bool:
    if text not in ("on", "off"):
        raise argparse.ArgumentTypeError(f"{text!r} is neither on nor off")
    return text == "on"


if __name__ == "__main__":
    sys.exit(main())
