"""tests/bench/mutants.py on a room of three functions, whose tests miss what is known."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
TOOL = Path(__file__).parent / "bench/mutants.py"

AGES = """\
from functools import lru_cache
from itertools import count

LEAST = 18


class Door:
    is_open = True

    @property
    def sign(self) -> str:
        return "in" if self.is_open else "out"


@lru_cache
def may(age: int) -> bool:
    return age >= LEAST


def first() -> int:
    for number in count():
        break
    return number


def never_called() -> bool:
    return True
"""

TESTS = """\
from appliance.tiny.ages import Door, first, may


def test_who_may() -> None:
    assert (may(17), may(18)) == (False, True)


def test_the_first_number() -> None:
    assert first() == 0


def test_the_sign() -> None:
    assert Door().sign == "in"
"""


@pytest.fixture
def room(tmp_path: Path) -> Path:
    for folder in (tmp_path / "appliance/tiny", tmp_path / "tests/tiny"):
        folder.mkdir(parents=True)
    (tmp_path / "appliance/__init__.py").touch()
    (tmp_path / "appliance/tiny/__init__.py").touch()
    (tmp_path / "appliance/tiny/ages.py").write_text(AGES)
    (tmp_path / "tests/tiny/test_ages.py").write_text(TESTS)
    return tmp_path


def tried(room: Path, *which: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(TOOL), *which, "--sample", "1000"]
    return subprocess.run(command, cwd=room, capture_output=True, text=True, timeout=100, check=False)


def test_exactly_the_changes_that_no_test_notices_are_told(room: Path) -> None:
    ran = tried(room, "appliance/tiny/ages.py")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    told = [line for line in ran.stdout.splitlines() if line.startswith(("appliance", "  ", "| `"))]
    assert {"\n".join(told[at : at + 3]) for at in range(0, 12, 3)} == {
        "appliance/tiny/ages.py:22 noticed by its time alone\n  - break\n  + continue",
        "appliance/tiny/ages.py:17 left\n  - return age >= LEAST\n  + return age == LEAST",
        "appliance/tiny/ages.py:15 left\n  - @lru_cache\n  + def may(age: int) -> bool:",
        "appliance/tiny/ages.py:27 left, for no test reaches it\n  - return True\n  + return False",
    }
    assert told[12:] == ["| `appliance/tiny/ages.py` | 14 | 14 | 11 (1 hung) | 3 |"]


def test_every_change_of_one_line_can_be_tried_again(room: Path) -> None:
    ran = tried(room, "appliance/tiny/ages.py:4")
    assert ran.stdout.endswith("| `appliance/tiny/ages.py` | 2 | 2 | 2 | 0 |\n"), ran.stdout + ran.stderr


def test_tests_that_fail_without_a_change_judge_nothing(room: Path) -> None:
    (room / "tests/tiny/test_ages.py").write_text(TESTS + "    assert not may(18)\n")
    ran = tried(room, "appliance/tiny/ages.py")
    assert ran.returncode == 1
    assert "red without a change" in ran.stdout
    assert "noticed" not in ran.stdout
