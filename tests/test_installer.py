"""The installer's face: its options, and that a dry run does nothing. Its work is proved in tests/boot."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

DEPLOY = Path(__file__).resolve().parent.parent / "deploy"
STEPS = sorted((DEPLOY / "steps").glob("[0-9]*.sh"))

needs_debian = pytest.mark.skipif(
    not shutil.which("apt-cache"), reason="no apt here: the installer is for Debian"
)


def install(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([DEPLOY / "install.sh", *options], capture_output=True, text=True, check=False)


@needs_debian
@pytest.mark.parametrize("way", [(), ("--uninstall",), ("--uninstall", "--purge")])
def test_a_dry_run_goes_through_every_step_and_does_nothing(way: tuple[str, ...]) -> None:
    places = [Path("/opt/moodbox"), Path("/etc/moodbox"), Path("/var/lib/moodbox-install")]
    before = [place.exists() for place in places]
    ran = install("--dry-run", *way)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert [step.stem for step in STEPS if f"== {step.stem}: " not in ran.stdout] == []
    assert [place.exists() for place in places] == before


@needs_debian
def test_what_was_done_last_is_undone_first() -> None:
    said = [line for line in install("--dry-run", "--uninstall").stdout.splitlines() if line.startswith("==")]
    assert said == [f"== {step.stem}: uninstall" for step in reversed(STEPS)]


@pytest.mark.parametrize(
    ("options", "status", "says"),
    [
        (("--colour",), 2, "deploy/install.sh [--dry-run]"),
        (("--purge", "--dry-run"), 1, "--purge goes with --uninstall"),
        (("--wheels", "/nowhere", "--dry-run"), 1, "--wheels /nowhere: no such folder"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: tuple[str, ...], status: int, says: str) -> None:
    ran = install(*options)
    assert (ran.returncode, says in ran.stderr) == (status, True)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.stem)
def test_every_step_has_a_way_there_and_a_way_back(step: Path) -> None:
    text = step.read_text(encoding="utf-8")
    assert "\ninstall() {" in text
    assert "\nuninstall() {" in text
    assert text.endswith("\nstep\n")
