"""Another release, and the way back: whatever happens, one whole release runs."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from processes import alone, become_nobody
from releasing import INSTALLER, Made, Workshop

from appliance.__main__ import main
from appliance.errors import UpdateFailed
from appliance.update import rollback, settle, update
from appliance.update.command import run
from appliance.update.update import _check_may_write

DIED = "ActiveState=failed\nNRestarts=0\nActiveEnterTimestampMonotonic=0\n"
RESTARTED = "ActiveState=activating\nNRestarts=3\nActiveEnterTimestampMonotonic=0\n"
YOUNG = "ActiveState=active\nNRestarts=0\nActiveEnterTimestampMonotonic=9999999999999999\n"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    return Workshop(tmp_path).entered(monkeypatch)


def test_a_good_release_runs_and_the_one_before_is_kept(shop: Workshop) -> None:
    update(str(shop.bundle(Made("0.2.0"))), shop.box)
    assert shop.state() == ("0.2.0", "0.1.0", None, ["0.1.0", "0.2.0"])
    assert shop.installed == ["0.1.0 --prepare", "0.2.0 --prepare", "0.2.0"]
    assert shop.said[-1] == "0.2.0 runs, and is well; `moodbox rollback` would bring 0.1.0 back"


def test_nothing_that_runs_is_touched_before_the_new_release_is_whole(shop: Workshop) -> None:
    stops = Made("0.2.0", installer="#!/bin/sh\necho no room for pip >&2; exit 1\n")
    with pytest.raises(UpdateFailed, match=r"install\.sh failed with status 1: no room for pip"):
        update(str(shop.bundle(stops)), shop.box)
    assert shop.state() == ("0.1.0", None, None, ["0.1.0"])
    assert shop.installed == ["0.1.0 --prepare"]


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (Made("0.2.0", unit=DIED), "moodbox.service is failed"),
        (Made("0.2.0", unit=RESTARTED), "ended 3 times"),
        (Made("0.2.0", unit=YOUNG), "has not run for 0 s"),
        (Made("0.2.0", playing="stopped"), "no music plays, and before it did"),
        (Made("0.2.0", ill=("face detector",)), "face detector: mend the face detector"),
        (Made("0.2.0", degraded={"camera": "gone"}), "camera: gone"),
        (Made("0.2.0", moodbox="#!/bin/sh\nexit 1\n"), "service: moodbox failed with status 1"),
        (Made("0.2.0", moodbox="#!/bin/sh\necho nonsense\n"), "service: "),
        (Made("0.2.0", installer=INSTALLER + "exit 7\n"), r"install\.sh failed with status 7"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_release_that_is_not_well_goes_and_the_one_before_runs_again(
    shop: Workshop, made: Made, reason: str
) -> None:
    with pytest.raises(UpdateFailed, match=f"0.2.0 is not well, so 0.1.0 runs again: .*{reason}"):
        update(str(shop.bundle(made)), shop.box)
    assert shop.state() == ("0.1.0", None, None, ["0.1.0"])
    assert shop.installed[-2:] == ["0.2.0", "0.1.0"]


def test_one_that_hangs_is_ended_with_what_it_started(tmp_path: Path) -> None:
    script = tmp_path / "hangs"
    script.write_text(f"#!/bin/sh\nsleep 1000 & echo $! >{tmp_path}/child; wait\n")
    script.chmod(0o755)
    with pytest.raises(UpdateFailed, match=r"hangs was not through after 5 s"):
        run([script], 5.0)
    child = int((tmp_path / "child").read_text())
    deadline = time.monotonic() + 30
    while Path(f"/proc/{child}/exe").exists():  # a zombie, which has none, until its new parent looks
        assert time.monotonic() < deadline


def test_what_was_wrong_before_is_no_fault_of_the_new_release(shop: Workshop) -> None:
    before = Made("0.1.5", playing="paused", ill=("camera",), degraded={"MQTT": "away"})
    shop.install(before)
    shop.releases.point("current", "0.1.5")
    update(
        str(shop.bundle(Made("0.2.0", playing="paused", ill=("camera",), degraded={"MQTT": "no"}))), shop.box
    )
    assert shop.state()[0] == "0.2.0"


def test_a_release_that_tells_of_itself_in_another_form_can_be_left(shop: Workshop) -> None:
    """The one that runs may be older than what the newer one asks for; that must not keep it for ever."""
    says_little = '#!/bin/sh\n[ "$1" = status ] && echo "{}" || echo "{\\"checks\\": []}"\n'
    shop.install(Made("0.1.5", moodbox=says_little))
    shop.releases.point("current", "0.1.5")
    update(str(shop.bundle(Made("0.2.0"))), shop.box)
    assert shop.state()[0] == "0.2.0"


def test_only_the_running_release_and_the_one_before_are_kept(shop: Workshop) -> None:
    for version in ("0.2.0", "0.3.0", "0.10.0"):
        update(str(shop.bundle(Made(version))), shop.box)
    assert shop.state() == ("0.10.0", "0.3.0", None, ["0.10.0", "0.3.0"])


def test_a_failed_update_leaves_the_way_to_the_release_before(shop: Workshop) -> None:
    update(str(shop.bundle(Made("0.2.0"))), shop.box)
    with pytest.raises(UpdateFailed):
        update(str(shop.bundle(Made("0.3.0", unit=RESTARTED))), shop.box)
    assert shop.state() == ("0.2.0", "0.1.0", None, ["0.1.0", "0.2.0"])


@pytest.mark.parametrize(("running", "before"), [("0.2.0", "0.1.0"), ("0.1.0", "0.2.0")])
def test_an_update_to_the_release_before_never_throws_that_away(
    shop: Workshop, running: str, before: str
) -> None:
    """Laid anew it would be gone where the disk is full, its installer fails, or the power does."""
    update(str(shop.bundle(Made("0.2.0"))), shop.box)
    if running == "0.1.0":
        rollback(shop.box)
    stops = Made(before, installer="#!/bin/sh\necho no room for pip >&2; exit 1\n")
    update(str(shop.bundle(stops)), shop.box, may_downgrade=True)
    assert shop.state() == (before, running, None, ["0.1.0", "0.2.0"])
    assert f"{before}: signature good; it lies here already, as the release before" in shop.said


def test_an_update_that_failed_can_be_tried_again(shop: Workshop) -> None:
    with pytest.raises(UpdateFailed):
        update(str(shop.bundle(Made("0.2.0", playing="stopped"))), shop.box)
    update(str(shop.bundle(Made("0.2.0"))), shop.box)
    assert shop.state() == ("0.2.0", "0.1.0", None, ["0.1.0", "0.2.0"])


def test_rollback_goes_back_and_forth(shop: Workshop) -> None:
    update(str(shop.bundle(Made("0.2.0"))), shop.box)
    rollback(shop.box)
    assert shop.state() == ("0.1.0", "0.2.0", None, ["0.1.0", "0.2.0"])
    assert shop.installed[-1] == "0.1.0"
    rollback(shop.box)
    assert shop.state()[:2] == ("0.2.0", "0.1.0")


def test_rollback_without_a_release_before_says_so(shop: Workshop) -> None:
    with pytest.raises(UpdateFailed, match=r"only 0\.1\.0 is here"):
        rollback(shop.box)
    assert shop.state() == ("0.1.0", None, None, ["0.1.0"])


def test_rollback_to_one_that_is_not_well_says_what_is_wrong(shop: Workshop) -> None:
    update(str(shop.bundle(Made("0.2.0"))), shop.box)
    (shop.releases.folder("0.1.0") / "docs" / "unit").write_text(DIED)
    with pytest.raises(UpdateFailed, match=r"0\.1\.0 runs again, but is not well: .* is failed"):
        rollback(shop.box)


def test_an_older_release_whose_installer_fails_runs_all_the_same(shop: Workshop) -> None:
    (shop.releases.folder("0.1.0") / "deploy" / "install.sh").write_text("#!/bin/sh\nexit 3\n")
    with pytest.raises(UpdateFailed, match=r"so 0\.1\.0 runs again"):
        update(str(shop.bundle(Made("0.2.0", unit=DIED))), shop.box)
    assert shop.state() == ("0.1.0", None, None, ["0.1.0"])
    assert any("starting it all the same" in line for line in shop.said)


def test_ctrl_c_between_two_releases_has_to_wait(shop: Workshop) -> None:
    presses = INSTALLER + "kill -INT $PPID; kill -HUP $PPID; kill -TERM $PPID\n"
    update(str(shop.bundle(Made("0.2.0", installer=presses))), shop.box)
    assert shop.state() == ("0.2.0", "0.1.0", None, ["0.1.0", "0.2.0"])


def test_ctrl_c_before_that_leaves_nothing(shop: Workshop) -> None:
    before = signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # a shell's job in the background has none
    try:
        with pytest.raises(KeyboardInterrupt):
            update(
                str(shop.bundle(Made("0.2.0", installer="#!/bin/sh\nkill -INT $PPID; sleep 100\n"))), shop.box
            )
    finally:
        signal.signal(signal.SIGINT, before)
    assert shop.state() == ("0.1.0", None, None, ["0.1.0"])


def test_two_updates_at_a_time_are_one_too_many(shop: Workshop) -> None:
    with shop.releases.alone(), pytest.raises(UpdateFailed, match="another update is going on"):
        update(str(shop.bundle(Made("0.2.0"))), shop.box)


# --- power cuts ---------------------------------------------------------------------------------------------

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
TRIES_AGAIN = 5
"""After each so many-th cut the update is tried again; after all of them it would take minutes."""
CHANGES = ("os.rename", "os.symlink", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "subprocess.Popen")


def cut_at(number: int, what: Callable[[], None]) -> bool:
    """Do it in a process that dies just before its n-th change of the disk. Returns whether it did."""
    child = os.fork()
    if child == 0:
        seen = 0

        def hook(event: str, details: tuple[object, ...]) -> None:
            nonlocal seen
            writes = event == "open" and isinstance(details[2], int) and bool(details[2] & WRITES)
            seen += writes or event in CHANGES
            if seen == number:
                os._exit(99)

        try:
            sys.addaudithook(hook)
            what()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 99


def pull_the_plug(shop: Workshop, numbers: range, what: Callable[[], None]) -> int:
    """Cut at each of those changes, and look before and after the next start. Returns how many there were."""
    for number in numbers:
        if not cut_at(number, what):
            return number - 1
        assert shop.state()[0] in ("0.1.0", "0.2.0"), number
        with shop.releases.alone():
            settle(shop.box)
        current, _, way_back, _ = shop.state()
        assert way_back is None, number
        if current == "0.1.0" and number % TRIES_AGAIN == 0:
            update(str(shop.folder / "moodbox-0.2.0.tar"), shop.box)
            assert shop.state()[:2] == ("0.2.0", "0.1.0"), number
        shop.releases.point("current", "0.1.0")
        shop.releases.remove("previous")
        shop.releases.prune()
    return len(numbers)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_power_cut_at_any_instant_of_an_update_leaves_a_whole_release(shop: Workshop) -> None:
    assert 30 < alone(cut_updates, shop.folder) < 399


def cut_updates(folder: Path) -> int:
    shop = Workshop(folder, is_made=True)
    packed = shop.bundle(Made("0.2.0"))
    return pull_the_plug(shop, range(1, 400), lambda: update(str(packed), shop.box))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_power_cut_on_the_way_back_is_no_worse(shop: Workshop) -> None:
    assert alone(cut_ways_back, shop.folder) > 5


def cut_ways_back(folder: Path) -> int:
    shop = Workshop(folder, is_made=True)
    packed = shop.bundle(Made("0.2.0"))
    broken = shop.folder / "broken"
    broken.mkdir()
    for name in (packed.name, packed.name + ".sig"):
        (shop.folder / name).rename(broken / name)
    bad = shop.bundle(Made("0.2.0", unit=DIED))
    for name in (bad.name, bad.name + ".sig"):
        (shop.folder / name).rename(shop.folder / f"bad-{name}")
        (broken / name).rename(shop.folder / name)

    def fails() -> None:
        with pytest.raises(UpdateFailed):
            update(str(shop.folder / f"bad-{bad.name}"), shop.box)

    return pull_the_plug(shop, range(25, 400), fails)


@pytest.mark.parametrize("where", ["before", "after"])
def test_a_machine_that_starts_in_the_middle_of_an_update_goes_back(shop: Workshop, where: str) -> None:
    update(str(shop.bundle(Made("0.2.0"))), shop.box)
    shop.releases.point("way-back", "0.1.0")
    if where == "before":
        shop.releases.point("current", "0.1.0")
    with shop.releases.alone():
        settle(shop.box)
    assert shop.state()[0] == "0.1.0"
    assert shop.state()[2] is None
    assert shop.installed[-1] == "0.1.0"


def test_the_next_update_settles_what_was_cut_short(shop: Workshop) -> None:
    shop.install(Made("0.1.5"))
    shop.releases.point("way-back", "0.1.0")
    shop.releases.point("current", "0.1.5")
    update(str(shop.bundle(Made("0.2.0"))), shop.box)
    assert shop.state() == ("0.2.0", "0.1.0", None, ["0.1.0", "0.2.0"])


# --- where it cannot work -----------------------------------------------------------------------------------


def test_a_read_only_root_is_told_apart_from_a_container(shop: Workshop, tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text("proc /proc proc rw 0 0\noverlay / overlay rw,lowerdir=/x 0 0\n")
    _check_may_write(shop.box, mounts)
    mounts.write_text("overlayroot / overlay rw,lowerdir=/media/root-ro 0 0\n")
    with pytest.raises(UpdateFailed, match=r"overlay\.sh off"):
        _check_may_write(shop.box, mounts)


def test_a_full_disk_is_seen_before_anything_is_unpacked(shop: Workshop) -> None:
    with (shop.releases.folder("0.1.0") / "huge").open("wb") as file:
        file.truncate(10**13)
    with pytest.raises(UpdateFailed, match=r"MB are free, .* make room, nothing was changed"):
        update(str(shop.bundle(Made("0.2.0"))), shop.box)
    assert shop.state() == ("0.1.0", None, None, ["0.1.0"])


def test_where_nothing_was_installed_nothing_is_updated(shop: Workshop, tmp_path: Path) -> None:
    packed = shop.bundle(Made("0.2.0"))
    shop.releases.remove("current")
    with pytest.raises(UpdateFailed, match="no release runs from there"):
        update(str(packed), shop.box)


@pytest.mark.parametrize("command", [["update", "x.tar"], ["rollback"]])
def test_only_root_may(command: list[str]) -> None:
    status, said = alone(told, command, begin=become_nobody)
    assert status == 1
    assert f"sudo moodbox {command[0]}" in said


def told(command: list[str]) -> tuple[int, str]:
    """The exit status of a command, and what it says of what went wrong."""
    with contextlib.redirect_stderr(io.StringIO()) as said:
        return main(command), said.getvalue()
