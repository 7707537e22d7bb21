"""`moodbox update` and `moodbox rollback`: another release, and the way back.

The order is what makes a power cut harmless. Nothing that runs is touched until the new release lies whole
beside it; `way-back` then names the old one until the new one is found well, and whoever comes next (this
process, the machine's next start, the next update) follows that link back.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from appliance.errors import UpdateFailed
from appliance.machine import upgrade
from appliance.machine.terminal import printable
from appliance.update import arrival, bundle, health
from appliance.update.command import run
from appliance.update.offer import Offer, look
from appliance.update.releases import CURRENT, PREVIOUS, WAY_BACK, Releases

Patience = health.Patience

BESIDE_S, SWITCH_S = 3600.0, 900.0
"""Seconds for laying a release beside the running one, and for switching to it.

A Zero unpacks and compiles 200 MB of packages for many minutes; the rest of an installer takes one.
"""
LOG = "/var/log/moodbox-install.log"
"""All that an installer says; its last line says which step has failed, and fits where little room is."""
MOUNTS = Path("/proc/mounts")


def say(words: str) -> None:
    """Print for whoever watches; a terminal that has gone away is no reason to stop."""
    with contextlib.suppress(OSError):
        print("\n".join(map(printable, words.splitlines())), flush=True)


@dataclass(frozen=True)
class Installation:
    """One installed box: its releases, and how patiently a new one is tried."""

    releases: Releases = field(default_factory=Releases)
    may_be_silent: bool = False
    """Whether the settings can keep a box silent that was just started."""
    patience: Patience = field(default_factory=Patience)
    say: Callable[[str], None] = say
    progress: Path = upgrade.PROGRESS
    """Where the box reads how far an update is."""

    @property
    def running(self) -> str:
        """The version that runs. Raises UpdateFailed when nothing was installed by deploy/install.sh."""
        version = self.releases.named(CURRENT)
        if version is None:
            raise UpdateFailed(f"{self.releases.prefix}: no release runs from there; see docs/install.md")
        return version

    @property
    def command(self) -> Path:
        """`moodbox` of whatever release runs."""
        return self.releases.prefix / CURRENT / "venv" / "bin" / "moodbox"

    @property
    def keys(self) -> Path:
        """The public halves of the keys that the running release trusts."""
        return self.releases.folder(self.running) / "deploy" / "release-keys"

    def newest(self, address: str) -> Offer:
        """The newest release at an address. Raises UpdateFailed."""
        return look(address, self.keys)

    def installer(self, version: str) -> Path:
        return self.releases.folder(version) / "deploy" / "install.sh"


def update(place: str, box: Installation, may_downgrade: bool = False) -> None:
    """Install the bundle at `place` (a file or an https address), and keep it if the box is well with it.

    Raises UpdateFailed, with the release that ran before running again.
    """
    with _told(box) as tell:
        _update(place, None, box, may_downgrade, tell)


def update_to_newest(address: str, box: Installation) -> None:
    """Install the newest release at that address, as `update` does. Raises UpdateFailed."""
    with _told(box) as tell:
        offer = box.newest(address)
        _update(offer.place, offer.version, box, False, tell)


@contextlib.contextmanager
def _told(box: Installation) -> Iterator[Callable[[int], None]]:
    """Let the box know how far an update is, and why it failed. Gives a function that takes percent."""
    with upgrade.telling(box.progress) as tell:
        tell(0, "")
        try:
            yield lambda percent: tell(percent, "")
        except BaseException as error:
            tell(0, str(error) or "it was ended before its end")
            raise
        tell(100, "")


def _update(
    place: str, wanted: str | None, box: Installation, may_downgrade: bool, tell: Callable[[int], None]
) -> None:
    """wanted: the version that it must be; None for any."""
    _check_may_write(box)
    with box.releases.alone():
        settle(box)
        box.say(f"{place}: fetching")
        try:
            version = _lay_beside(place, wanted, box, may_downgrade, tell)
        except BaseException:
            box.releases.prune()
            raise
        tell(60)
        _try_out(version, box)


def rollback(box: Installation) -> None:
    """Go back to the release before. Raises UpdateFailed when there is none, or when it is not well."""
    _check_may_write(box)
    with box.releases.alone():
        settle(box)
        target, leaving = box.releases.named(PREVIOUS), box.running
        if target is None:
            raise UpdateFailed(f"only {leaving} is here, so there is no other to go back to")
        before = health.examine(box.command, box.patience)
        with _uninterrupted():
            box.releases.point(WAY_BACK, target)
            box.releases.point(PREVIOUS, leaving)
            _go_back(box)
        wrong = health.wait(box.command, before, box.may_be_silent, box.patience)
    if wrong:
        raise UpdateFailed(f"{target} runs again, but is not well: {'; '.join(wrong)}")
    box.say(f"{target} runs again; `moodbox rollback` would bring {leaving} back")


def settle(box: Installation) -> None:
    """Undo what a power cut has left of an update, if anything."""
    if box.releases.named(WAY_BACK):
        box.say("an update was cut short, so the release before it comes back")
        with _uninterrupted():
            _go_back(box)


def _lay_beside(
    place: str, wanted: str | None, box: Installation, may_downgrade: bool, tell: Callable[[int], None]
) -> str:
    """Make the bundle's release ready, and change nothing that runs. Returns its version."""
    releases = box.releases
    packed, signature = arrival.fetch(place, releases.incoming)
    tell(20)
    bundle.verify(packed, signature, box.keys, place)
    with bundle.opened(packed) as (archive, about):
        if wanted not in (None, about.version):  # an older one of ours, with holes, under a newer one's name
            raise UpdateFailed(f"{place}: this is {about.version}, not {wanted}; nothing was changed")
        bundle.check_fits(about, box.running, may_downgrade)
        if about.version == releases.named(PREVIOUS):  # laid anew it would be gone where that fails
            box.say(f"{about.version}: signature good; it lies here already, as the release before")
            return about.version
        _check_room(packed, box)
        releases.throw_away(about.version)  # an earlier try
        box.say(f"{about.version}: signature good; laying it beside {box.running}, which plays on")
        try:
            bundle.unpack(archive, about, releases.folder(about.version))
        except OSError as error:
            raise UpdateFailed(f"{about.version}: {error.strerror}; nothing was changed") from error
    packed.unlink()
    run([box.installer(about.version), "--prepare"], BESIDE_S, last_lines=1)
    if not releases.is_whole(about.version):
        raise UpdateFailed(f"{about.version}: its installer made no whole release; see {LOG}")
    return about.version


def _try_out(version: str, box: Installation) -> None:
    """Switch, and switch back if the box is not as well as before."""
    releases, old = box.releases, box.running
    before = health.examine(box.command, box.patience)
    os.sync()  # what way-back and current will lead to is on the card before they do
    with _uninterrupted():
        box.say(f"{version}: switching; a minute or more until it is known to be well, so leave the power on")
        releases.point(WAY_BACK, old)
        try:
            run([box.installer(version)], SWITCH_S, last_lines=1)
            wrong = health.wait(box.command, before, box.may_be_silent, box.patience)
        except Exception as error:  # whatever it is, music comes back
            wrong = [str(error)]
        if wrong:
            _go_back(box)
            raise UpdateFailed(f"{version} is not well, so {old} runs again: {'; '.join(wrong)}")
        releases.point(PREVIOUS, old)
        releases.remove(WAY_BACK)
    releases.prune()
    box.say(f"{version} runs, and is well; `moodbox rollback` would bring {old} back")


def _go_back(box: Installation) -> None:
    """Follow `way-back`. May be cut short at any instant, and be done again."""
    releases, target = box.releases, box.releases.named(WAY_BACK)
    if target is None:
        return
    releases.point(CURRENT, target)  # whatever fails after this: from the next start on it runs
    try:
        run([box.installer(target)], SWITCH_S, last_lines=1)
    except UpdateFailed as error:
        box.say(f"{target}: {error}; starting it all the same")
        run(["systemctl", "daemon-reload"], SWITCH_S)
        run(["systemctl", "restart", "moodbox-mpd.service", health.UNIT], SWITCH_S)
    releases.remove(WAY_BACK)
    releases.prune()


def _check_may_write(box: Installation, mounts: Path = MOUNTS) -> None:
    """A root whose changes are in RAM would forget the new release at the next start."""
    lines = [line.split() for line in mounts.read_text(encoding="utf-8").splitlines()]
    # "overlayroot" is what Debian's package of that name mounts; a container's overlay is a disk as any.
    if any(line[:3] == ["overlayroot", "/", "overlay"] for line in lines):
        raise UpdateFailed(
            "the root is read-only (overlay): `sudo /opt/moodbox/current/deploy/overlay.sh off`, restart, "
            "update, then `overlay.sh on` and restart again"
        )


def _check_room(packed: Path, box: Installation) -> None:
    """Room for a release like the one that runs, and for what is unpacked to make it."""
    files = box.releases.folder(box.running).rglob("*")
    wanted = packed.stat().st_size + sum(file.lstat().st_size for file in files if not file.is_symlink())
    free = shutil.disk_usage(box.releases.prefix).free
    if free < wanted:
        raise UpdateFailed(
            f"{box.releases.prefix}: {free // 10**6} MB are free, and a release beside the running one takes "
            f"{wanted // 10**6}; make room, nothing was changed"
        )


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Between two releases Ctrl-C and a closed terminal have to wait; each child is a session of its own."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [
        signal.signal(number, lambda *_: say("not now: it would leave half of each")) for number in numbers
    ]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
