"""Commands that run something: the box, the demo, the doctor, an update."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from pathlib import Path
from typing import Any

from appliance import config as settings
from appliance.config import salvage
from appliance.errors import UpdateFailed

SAFE = "safe mode: see `journalctl -u moodbox` for why; `sudo systemctl stop moodbox-safe` ends it"


def run(options: argparse.Namespace) -> int:
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


def demo(options: argparse.Namespace) -> int:
    _log_to_stderr(options.log or "warning")
    _stop_on_signals(_interrupt)  # what is half made is cleared away, whatever ends it
    from appliance.demo import show

    return show.run(options.camera, options.duration_s, options.json, _stop_on_signals)


def boot(options: argparse.Namespace) -> int:
    from appliance import boot

    return boot.run(as_json=options.json)


def doctor(options: argparse.Namespace) -> int:
    from appliance import doctor

    config, problems = salvage(options.config)
    return doctor.run(config, problems, as_json=options.json)


def password(options: argparse.Namespace) -> int:
    """Set the page's password; without one given, make it up and show it, this once."""
    from appliance.web.rights import Rights, make_password

    config, _ = salvage(options.config)
    given = sys.stdin.readline().rstrip("\n") if options.read else ""
    password = given or make_password()
    Rights(Path(config.page.folder)).set_password(password)
    print("the page's password is set" if given else f"the page's password: {password}")
    return 0


def update(options: argparse.Namespace) -> int:
    from appliance import update

    update.update(options.place, _own_box(options), options.downgrade)
    return 0


def rollback(options: argparse.Namespace) -> int:
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


def bench(options: argparse.Namespace) -> int:
    from appliance import bench

    return bench.run(as_json=options.json)


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
