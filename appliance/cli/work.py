"""Commands that run something: the box, the demo, the doctor, an update."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from appliance import config as settings
from appliance.config import Config, salvage
from appliance.errors import PageMissing, UpdateFailed
from appliance.files.privileges import become_service
from appliance.files.together import kept, undo
from appliance.machine import limits, systemd
from appliance.machine.machine import safe_mode_ends
from appliance.machine.memory import stay_in_ram
from appliance.service.usable import not_ours, usable

ANEW_S = 90.0
"""As TimeoutStartSec= in moodbox.service."""
STDERR = 2

SAFE = f"safe mode: {safe_mode_ends()}"


def run(options: argparse.Namespace) -> int:
    """Run the box until it stops; with changed settings it begins anew."""
    limits.few_heaps()
    stay_in_ram()
    safe = SAFE if options.safe_if and options.safe_if.exists() else None
    file = options.config or settings.system_file() or settings.SYSTEM_FILE
    undo(kept(file))
    config, problems = _in_force(options)
    _log_to_stderr(options.log or config.log.level)
    for problem in problems:
        logging.getLogger(__name__).error("%s; its default is in force", problem)
    from appliance.service.service import Service

    service = Service(config, safe=safe, settings_file=file, problems=problems)
    _stop_on_signals(service.stop)
    service.run()
    if service.wants_reload:
        _end_on_signals()
        if service.wants_reload:  # still: a signal until now has stopped it, a later one ends it at once
            _begin_anew()
    return 0


def _in_force(options: argparse.Namespace) -> tuple[Config, tuple[str, ...]]:
    """The settings that the box runs with, and what is wrong in the file.

    A wrong setting never locks its owner out: its default is in force, and the page says what to mend.
    """
    config, wrong = salvage(options.config)
    config, unusable = usable(config)
    return config, (*wrong, *unusable)


def _begin_anew() -> None:
    """Become the same program again, in the same process: systemd sees no end, and nothing of before stays.

    Begun anew inside one Python, each change of the settings kept 9 MB of networks and threads.
    """
    systemd.beginning_anew(ANEW_S)
    for link in os.listdir("/proc/self/fd"):
        if int(link) > STDERR:
            with suppress(OSError):  # the one that listed them
                os.set_inheritable(int(link), False)  # libraries in C may leave theirs open
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def demo(options: argparse.Namespace) -> int:
    stay_in_ram()
    _log_to_stderr(options.log or "warning")
    _stop_on_signals(_interrupt)  # what is half made is cleared away, whatever ends it
    from appliance.demo import show

    return show.run(options.camera, options.duration_s, options.json, _stop_on_signals)


def boot(options: argparse.Namespace) -> int:
    from appliance.cli import boot

    return boot.run(as_json=options.json)


def doctor(options: argparse.Namespace) -> int:
    from appliance import doctor

    visits = doctor.visits(doctor.look_around())  # who has the camera: root alone sees that
    become_service()  # everything else is as the service would find it
    config, problems = _in_force(options)
    return doctor.run(config, (*problems, *not_ours(config)), options.json, visits)


def password(options: argparse.Namespace) -> int:
    """Set the page's password; without one given, make it up and show it, this once."""
    try:
        from appliance.web.auth.rights import Rights, make_password
    except ImportError as error:
        raise PageMissing(error) from error
    config, _ = salvage(options.config)
    given = sys.stdin.readline().rstrip("\n") if options.read else ""
    password = given or make_password()
    Rights(Path(config.page.folder)).set_password(password)
    print("the page's password is set" if given else f"the page's password: {password}")
    return 0


def update(options: argparse.Namespace) -> int:
    from appliance import update

    address = update.settings_say("update.address", options.config)
    if options.look:
        return _look(update, address)
    box = _own_box(options)
    if options.place:
        update.update(options.place, box, options.downgrade)
    else:
        update.update_to_newest(address, box)
    return 0


def _look(update: Any, address: str) -> int:
    """Leave the newest release for the box to read; none where no address is set."""
    from appliance.machine.upgrade import OFFER

    if not address:
        OFFER.unlink(missing_ok=True)
        return 0
    try:
        offer = update.Installation().newest(address)
    except UpdateFailed as error:
        with suppress(OSError):  # without its unit's folder: whoever looks reads it here
            update.leave_failure(str(error))
        raise
    try:
        update.leave(offer)
    except OSError as error:
        raise UpdateFailed(f"{OFFER}: {error.strerror}; moodbox-release.service makes its folder") from error
    print(f"{offer.version} is the newest release at {address}")
    return 0


def rollback(options: argparse.Namespace) -> int:
    from appliance import update

    update.rollback(_own_box(options))
    return 0


def _own_box(options: argparse.Namespace) -> Any:
    from appliance.brain.settings import Resume
    from appliance.update import Installation, settings_say

    if os.geteuid() != 0:
        raise UpdateFailed(f"only root may change releases: sudo moodbox {options.command} …")
    return Installation(may_be_silent=settings_say("music.resume", options.config) == Resume.PAUSED)


def bench(options: argparse.Namespace) -> int:
    from appliance.cli import bench

    return bench.run(as_json=options.json)


def _log_to_stderr(level: str) -> None:
    # journald adds the time and the unit by itself.
    logging.basicConfig(
        level=level.upper(), format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr, force=True
    )


ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def _stop_on_signals(stop: Any) -> None:
    for number in ENDING:
        signal.signal(number, lambda *_: stop())


def _end_on_signals() -> None:
    for number in ENDING:
        signal.signal(number, signal.SIG_DFL)


def _interrupt() -> None:
    raise KeyboardInterrupt
