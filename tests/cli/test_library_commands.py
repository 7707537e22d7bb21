"""`moodbox library`, as a person uses it: a real MPD, the real ear."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import write_tone

from appliance.demo.private_mpd import PrivateMpd


class Box:
    """A folder with music, an MPD that lists it, and the command line."""

    def __init__(self, folder: Path, mpd: PrivateMpd) -> None:
        self.mpd = mpd
        self.music, self.database = mpd.music, folder / "music.db"
        self.settings = folder / "box.toml"
        self.settings.write_text(
            f'[mpd]\naddress = "{mpd.address}"\n[state]\nfile = ""\nmusic = "{self.database}"\n'
        )

    def ask(self, *words: str, status: int = 0, path: str | None = None) -> str:
        command = [sys.executable, "-m", "appliance", "--config", str(self.settings), "library", *words]
        environment = os.environ | ({"PATH": path} if path else {})
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
        assert done.returncode == status, done.stderr
        return done.stdout if status == 0 else done.stderr

    def stick(self, uri: str, name: str, value: str) -> None:
        """Put a sticker on a song, as another program does."""
        phone = self.mpd.client()
        phone.sticker_set("song", uri, name, value)
        phone.disconnect()

    def report(self) -> dict[str, object]:
        found: dict[str, object] = json.loads(self.ask("report", "--json"))
        return found


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    music = tmp_path / "music"
    for number in range(2):
        write_tone(music / "albums" / f"{number}.flac", f"Tone {number}", "Nico", 300.0 + 100 * number)
    write_tone(music / "happy" / "0.flac", "Happy", "Abba")
    (music / "albums" / "broken.flac").write_bytes((music / "albums" / "0.flac").read_bytes()[:600])
    before = {file: file.read_bytes() for file in music.rglob("*.flac")}
    with PrivateMpd(tmp_path / "mpd", music) as mpd:
        yield Box(tmp_path, mpd)
    assert {file: file.read_bytes() for file in music.rglob("*.flac")} == before  # nothing of theirs changes


@pytest.mark.slow
def test_a_library_is_heard_reported_and_corrected(box: Box) -> None:
    assert "no scan yet" in box.ask("report")
    assert "are done" in box.ask("scan", "--fast")
    found = box.report()
    assert found["scan"] == {"total": 4, "done": 4, "left_s": None, "problem": None}
    assert [each["uri"] for each in found["failed"]] == ["albums/broken.flac"]  # type: ignore[attr-defined]
    assert found["unheard"] == 0
    box.ask("correct", "albums/0.flac", "surprise")
    moods = {each["mood"]: each for each in box.report()["moods"]}  # type: ignore[attr-defined]
    assert (moods["surprise"]["songs"], moods["surprise"]["by_coach"]) == (1, 1)
    happy = moods["happy"]
    assert (happy["by_coach"], happy["hours"]) == (happy["songs"] - 1, round(happy["songs"] * 30 / 3600, 4))
    box.ask("correct", "albums/0.flac", "auto")
    assert "albums/broken.flac" in box.ask("report")
    box.stick("albums/0.flac", "mood", "Disgust")  # which no sound is ever taken for
    box.stick("albums/1.flac", "genre", "Hörspiel")
    assert "are done" in box.ask("scan", "--fast")
    later = box.report()
    moods = {each["mood"]: each["by_coach"] for each in later["moods"]}  # type: ignore[attr-defined]
    assert (moods["disgust"], later["excluded"]) == (1, 1)


def test_a_song_in_a_moods_folder_is_moved_not_corrected(box: Box) -> None:
    said = box.ask("correct", "happy/0.flac", "sad", status=1)
    assert "music.moods.happy" in said
    assert "move it" in said


def test_a_song_that_mpd_does_not_have_is_no_song(box: Box) -> None:
    assert "MPD has no song 'gone.flac'" in box.ask("correct", "gone.flac", "sad", status=1)


def test_without_ffmpeg_the_scan_says_what_to_install_and_the_report_too(box: Box, tmp_path: Path) -> None:
    said = box.ask("scan", "--quiet", "--fast", status=1, path=str(tmp_path))
    assert "apt-get install ffmpeg" in said
    assert "apt-get install ffmpeg" in box.ask("report")


def test_a_box_that_is_to_learn_nothing_says_so(box: Box) -> None:
    box.settings.write_text(box.settings.read_text().replace(str(box.database), ""))
    assert "state.music" in box.ask("scan", "--fast", status=1)
    assert "state.music" in box.ask("report", status=1)
    assert not box.database.exists()


def test_a_full_or_missing_disk_is_named(box: Box, tmp_path: Path) -> None:
    box.settings.write_text(box.settings.read_text().replace(str(box.database), str(tmp_path / "gone/m.db")))
    assert "gone/m.db" in box.ask("scan", "--fast", status=1)
