"""The units in systemd/: systemd understands them, and their sandbox stays as tight as it is."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from unit_files import SYSTEMD, lines_of

from appliance.service.service import TURN_S

SERVICES = sorted(SYSTEMD.glob("*.service"))
UNITS = sorted([*SERVICES, *SYSTEMD.glob("*.path"), *SYSTEMD.glob("*.timer")])
EXPOSURE = 1.5
"""The most that is allowed to a unit: systemd-analyze calls up to 2 "OK"."""

needs_systemd = pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="no systemd-analyze here; `apt install systemd`"
)


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, check=False)


@needs_systemd
def test_systemd_understands_every_unit() -> None:
    said = analyze("verify", "--man=no", *map(str, UNITS)).stderr
    # The box is not installed here, so the commands are not there.
    wrong = [line for line in said.splitlines() if "is not executable" not in line and str(SYSTEMD) in line]
    assert not wrong, "\n".join(wrong)


@needs_systemd
def test_a_unit_that_systemd_does_not_understand_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "wrong.service").write_text("[Service]\nExecStart=/bin/true\nTypo=yes\n")
    assert "Typo" in analyze("verify", "--man=no", str(tmp_path / "wrong.service")).stderr


@needs_systemd
@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.stem)
def test_what_a_unit_may_reach_is_kept_small(unit: Path) -> None:
    said = analyze("security", "--offline=true", str(unit)).stdout
    exposure = re.search(r"exposure level for \S+: ([0-9.]+)", said)
    assert exposure, said
    assert float(exposure[1]) <= EXPOSURE, said


@needs_systemd
def test_the_table_of_what_is_left_open_is_complete() -> None:
    """docs/install.md names every point that systemd still counts, and says what it buys."""
    section = (SYSTEMD.parent / "docs/install.md").read_text(encoding="utf-8").partition("leaves open")[2]
    named = re.search(r"systemd (\d+)", section)
    assert named
    if named[1] not in analyze("--version").stdout.splitlines()[0].split():
        pytest.skip(f"the table is systemd {named[1]}'s; others count differently")
    rows = [row for row in section.partition("\n## ")[0].splitlines() if row.startswith("| ")][1:]
    costs = [float(cost) for row in rows for cost in re.findall(r"\b0\.\d", row)]
    said = analyze("security", "--offline=true", "--json=short", str(SYSTEMD / "moodbox.service")).stdout
    left = [float(row["exposure"]) for row in json.loads(said) if row["exposure"] and not row["set"]]
    assert sorted(costs) == sorted(left)


def test_what_leaks_or_breeds_meets_a_ceiling() -> None:
    for unit in ("moodbox.service", "moodbox-mpd.service"):
        lines = lines_of(SYSTEMD / unit)
        assert lines["MemoryMax"] == ["400M"]
        assert lines["TasksMax"]


def test_a_healthy_loop_feeds_the_watchdog_many_times_over() -> None:
    (seconds,) = lines_of(SYSTEMD / "moodbox.service")["WatchdogSec"]
    assert float(seconds) >= 5 * TURN_S


def test_an_update_is_asked_for_anew_while_the_unit_of_the_one_before_still_goes() -> None:
    """Its order was taken away, and systemd-run said that there is such a unit already."""
    (start,) = (line for line in lines_of(SYSTEMD / "moodbox-install.service")["ExecStart"] if "-run" in line)
    assert re.search(r" --unit=moodbox-installing-\$\{INVOCATION_ID\} ", start), start


def test_frames_never_reach_the_card() -> None:
    service = lines_of(SYSTEMD / "moodbox.service")
    assert service["LimitCORE"] == ["0"]
    assert service["MemorySwapMax"] == ["0"]


def test_the_box_writes_in_two_places_alone() -> None:
    service = lines_of(SYSTEMD / "moodbox.service")
    assert service["ProtectSystem"] == ["strict"]
    assert service["ReadWritePaths"] == ["/etc/moodbox /var/lib/moodbox"]


def test_nothing_waits_for_the_network_or_falls_with_mpd() -> None:
    for unit in UNITS:
        lines = lines_of(unit)
        assert not any("network" in value for key in ("After", "Wants") for value in lines.get(key, [])), (
            unit.name
        )
        assert not any("mpd" in value for key in ("Requires", "BindsTo") for value in lines.get(key, [])), (
            unit.name
        )


@pytest.fixture
def stick(tmp_path: Path) -> Callable[..., list[str]]:
    """Join or part a stick with the named folders; returns the links that are then in the music folder."""
    music, mounted = tmp_path / "music", tmp_path / "usb"
    for mood in ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"):
        (music / mood).mkdir(parents=True)

    def use(action: str, *folders: str) -> list[str]:
        for folder in folders:
            (mounted / "sda1" / folder).mkdir(parents=True, exist_ok=True)
        there = {"MOODBOX_MUSIC": str(music), "MOODBOX_USB": str(mounted), "PATH": os.environ["PATH"]}
        subprocess.run([SYSTEMD.parent / "deploy" / "usb-stick.sh", action, "sda1"], env=there, check=True)
        return sorted(str(path.relative_to(music)) for path in music.rglob("*") if path.is_symlink())

    return use


def test_a_sticks_folders_join_the_moods_of_their_names(stick: Callable[..., list[str]]) -> None:
    assert stick("join", "happy", "sad", "holidays") == ["happy/usb-sda1", "sad/usb-sda1"]
    assert stick("join") == ["happy/usb-sda1", "sad/usb-sda1"]
    assert stick("part") == []


def test_mpd_ignores_what_lies_among_music_unless_the_list_is_a_persons_own(
    stick: Callable[..., list[str]], tmp_path: Path
) -> None:
    ignore = tmp_path / "music" / ".mpdignore"
    stick("join", "holidays")
    assert ignore.read_text() == (SYSTEMD.parent / "deploy" / "mpdignore").read_text()
    ignore.write_text("*.wav\n")
    stick("join")
    assert ignore.read_text() == "*.wav\n"


def test_a_stick_plays_also_where_that_list_cannot_be_made(
    stick: Callable[..., list[str]], tmp_path: Path
) -> None:
    (tmp_path / "music" / ".mpdignore").symlink_to(tmp_path / "nowhere" / "file")
    assert "usb-sda1" in stick("join", "holidays")


def test_nothing_on_a_stick_is_run_or_leads_out_of_it() -> None:
    mount = lines_of(SYSTEMD / "moodbox-usb@.service")["ExecStart"][0]
    options = re.search(r"--options=(\S+)", mount)
    assert options
    assert set(options[1].split(",")) == {"ro", "nosuid", "nodev", "noexec", "nosymfollow"}


def test_a_stick_without_moods_joins_as_a_whole(stick: Callable[..., list[str]]) -> None:
    assert stick("join", "holidays") == ["usb-sda1"]
    assert stick("part") == []
