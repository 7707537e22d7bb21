"""Who reads a file, changes and writes it is alone with it: no thread and no process is beside."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from contextlib import contextmanager
from pathlib import Path

import pytest

from appliance.files.probation import VISIT_S, Probation, trial
from appliance.files.together import Content, kept, replace_all
from appliance.files.turns import turn

IN_VAIN_S = 0.3
"""Long enough for what could be done, if it could."""


@contextmanager
def another_process(folder: Path) -> Iterator[None]:
    """As another process has it: by a handle of its own. Raises BlockingIOError where somebody has it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)


def add_line(file: Path) -> None:
    with turn(file):
        text = file.read_text()
        replace_all(kept(file), {file: Content(f"{text}line\n".encode(), 0o640)})


def test_what_many_threads_add_at_once_is_all_there(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text("")
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: add_line(file), range(20)))
    assert file.read_text() == "line\n" * 20


def test_another_process_waits_until_the_turn_is_over(tmp_path: Path) -> None:
    within = turn(tmp_path / "own.toml"), turn(tmp_path / "other")
    with within[0], within[1], pytest.raises(BlockingIOError), another_process(tmp_path):
        pass
    with another_process(tmp_path):
        pass


def test_a_turn_waits_for_another_process(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text("")
    with ThreadPoolExecutor(1) as thread:
        with another_process(tmp_path):
            adding = thread.submit(add_line, file)
            assert not wait_for([adding], IN_VAIN_S).done
        adding.result()
    assert file.read_text() == "line\n"


def test_nobody_waits_for_ever_for_a_process_that_is_stuck(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    impatient = turn(file, patience_s=0.0)
    with another_process(tmp_path), pytest.raises(OSError, match="is changing it"), impatient:
        pass
    with turn(file, patience_s=0.0):
        pass


def test_a_folder_that_is_not_there_yet_is_nobodys(tmp_path: Path) -> None:
    with turn(tmp_path / "gone" / "own.toml"):
        pass


def test_settings_are_not_taken_back_under_somebody_who_changes_them(tmp_path: Path) -> None:
    """What they were about to save would be lost; the service does not wait long, and tries again."""
    own = tmp_path / "own.toml"
    own.write_text("good")
    replace_all(kept(own), {**trial(own, "session"), own: Content(b"bad", 0o640)})
    probation = Probation(own, 0.0)
    with another_process(tmp_path):
        assert not probation.take_back(VISIT_S)
        assert own.read_text() == "bad"
    assert probation.take_back(2 * VISIT_S)
    assert own.read_text() == "good"
