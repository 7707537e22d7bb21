"""A scan hears each song once, whatever ends it, and tells truly how far it is."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hearing_songs import Listener, names

from appliance.coach.scan import Scan, alone, ended_by, is_running
from appliance.coach.shelf import Progress, Shelf
from appliance.errors import CoachUnable, EarMissing


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    folder.mkdir()
    for number in range(4):
        (folder / f"{number}.mp3").write_text(str(number))
    return folder


def scan(music: Path, listener: Listener, told: Callable[[Progress], None] = lambda p: None) -> Progress:
    ticks = iter(range(10_000))
    with Shelf(music.parent / "music.db") as shelf:
        one = Scan(shelf, listener, music, music.parent / "usb", lambda: next(ticks) / 2, told)
        return one.run(names(music))


def known(music: Path) -> dict[str, str]:
    with Shelf(music.parent / "music.db") as shelf:
        return {song.uri: song.told for song in shelf.known()}


def test_each_song_is_heard_once(music: Path) -> None:
    first, second = Listener(), Listener()
    scan(music, first)
    scan(music, second)
    assert first.heard == names(music)
    assert second.heard == []
    assert known(music) == {f"{number}.mp3": str(number) for number in range(4)}


def test_a_song_that_was_changed_is_heard_again_and_a_new_one_for_the_first_time(music: Path) -> None:
    scan(music, Listener())
    (music / "1.mp3").write_text("other")
    (music / "new.mp3").write_text("new")
    again = Listener()
    scan(music, again)
    assert again.heard == ["1.mp3", "new.mp3"]
    assert known(music)["1.mp3"] == "other"


def test_other_features_hear_all_songs_again(music: Path) -> None:
    scan(music, Listener())
    later = Listener(version=2)
    scan(music, later)
    assert later.heard == names(music)


def test_a_second_ear_hears_all_songs_again_and_one_that_is_gone_none(music: Path) -> None:
    scan(music, Listener())
    both, one = Listener(ears=2), Listener()
    scan(music, both)
    scan(music, one)
    assert (both.heard, one.heard) == (names(music), [])


def test_another_head_judges_again_without_hearing(music: Path) -> None:
    scan(music, Listener())
    newer = Listener(head="second")
    scan(music, newer)
    assert newer.heard == []
    with Shelf(music.parent / "music.db") as shelf:
        assert {song.sound.valence for song in shelf.known()} == {-0.5}


@pytest.mark.parametrize(
    ("holds", "reason", "is_song"),
    [
        ("noise", "this is no sound file, or a damaged one", True),
        ("short", "it is 2 s long", False),
        ("odd", "it cannot be heard (IndexError())", True),
    ],
)
def test_what_cannot_be_heard_is_kept_with_its_reason_and_not_tried_again(
    music: Path, holds: str, reason: str, is_song: bool
) -> None:
    (music / "1.mp3").write_text(holds)
    scan(music, Listener())
    again = Listener()
    scan(music, again)
    assert again.heard == []
    with Shelf(music.parent / "music.db") as shelf:
        assert shelf.failures() == [("1.mp3", reason, is_song)]
    (music / "1.mp3").write_text("mended")
    scan(music, again)
    assert again.heard == ["1.mp3"]
    with Shelf(music.parent / "music.db") as shelf:
        assert shelf.failures() == []


def test_a_link_that_leads_out_of_the_music_folder_is_not_followed(music: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (music / "1.mp3").unlink()
    (music / "1.mp3").symlink_to(tmp_path / "secret")
    listener = Listener()
    scan(music, listener)
    assert "1.mp3" not in listener.heard
    with Shelf(music.parent / "music.db") as shelf:
        assert "outside the music folder" in shelf.failures()[0].reason


def test_a_stick_that_was_plugged_in_is_heard(music: Path, tmp_path: Path) -> None:
    (tmp_path / "usb" / "sda1").mkdir(parents=True)
    (tmp_path / "usb" / "sda1" / "a.mp3").write_text("there")
    (music / "usb-sda1").symlink_to(tmp_path / "usb" / "sda1")
    listener = Listener()
    with Shelf(tmp_path / "music.db") as shelf:
        Scan(shelf, listener, music, tmp_path / "usb").run(["usb-sda1/a.mp3"])
    assert listener.heard == ["usb-sda1/a.mp3"]


def test_a_share_that_is_away_costs_nothing_of_what_was_heard(music: Path) -> None:
    scan(music, Listener())
    listed = names(music)
    music.rename(music.with_name("away"))
    with Shelf(music.parent / "music.db") as shelf:
        Scan(shelf, Listener(), music).run(listed)
    assert len(known(music)) == 4


def test_it_tells_how_far_it_is_and_how_long_the_rest_takes(music: Path) -> None:
    told: list[Progress] = []
    scan(music, Listener(), told.append)
    assert [(at.done, at.total, at.left_s) for at in told] == [
        (0, 4, None),
        (1, 4, None),
        (2, 4, 1.0),
        (3, 4, 0.5),
        (4, 4, 0.0),
        (4, 4, None),
    ]
    with Shelf(music.parent / "music.db") as shelf:
        assert shelf.progress() == Progress(4, 4, None, None)


def test_songs_that_were_heard_before_count_as_done(music: Path) -> None:
    scan(music, Listener())
    (music / "9.mp3").write_text("new")
    told: list[Progress] = []
    scan(music, Listener(), told.append)
    assert [(at.done, at.total) for at in told] == [(4, 5), (5, 5), (5, 5)]


def test_what_stickers_say_goes_before_the_tags_until_they_say_it_no_more(music: Path) -> None:
    scan(music, Listener())  # its songs' tags name the moods "0" to "3"
    with Shelf(music.parent / "music.db") as shelf:
        shelf.hear_stickers(
            {"0.mp3": ("sad", ""), "1.mp3": ("", "Podcast"), "2.mp3": ("", ""), "9.mp3": ("sad", "")}
        )
        assert {song.uri: (song.told, song.genre) for song in shelf.known()} == {
            "0.mp3": ("sad", ""),
            "1.mp3": ("1", "; Podcast"),
            "2.mp3": ("2", ""),
            "3.mp3": ("3", ""),
        }
        shelf.hear_stickers({})
        assert {song.told for song in shelf.known()} == {"0", "1", "2", "3"}


def test_stickers_that_say_the_same_are_not_written_again(music: Path) -> None:
    database = music.parent / "music.db"
    with Shelf(database) as shelf:
        shelf.hear_stickers({"0.mp3": ("sad", "Rock")})
        before = database.with_name("music.db-wal").stat().st_size
        shelf.hear_stickers({"0.mp3": ("sad", "Rock"), "1.mp3": ("", "")})
        assert database.with_name("music.db-wal").stat().st_size == before


def test_a_scan_that_cannot_go_on_says_why(music: Path) -> None:
    (music / "2.mp3").write_text("deaf")
    with pytest.raises(EarMissing) as caught:
        scan(music, Listener())
    with Shelf(music.parent / "music.db") as shelf:
        ended_by(shelf, caught.value)
        assert shelf.progress() == Progress(4, 2, None, "ffmpeg: no such file")
    assert sorted(known(music)) == ["0.mp3", "1.mp3"]


def test_a_song_that_ends_the_scan_does_not_keep_the_others_from_being_heard(music: Path) -> None:
    class Killed(BaseException):
        pass

    def die(uri: str) -> None:
        if uri == "0.mp3":
            raise Killed

    for _ in range(2):
        listener = Listener(told=die)
        with pytest.raises(Killed):
            scan(music, listener)
    assert sorted(known(music)) == ["1.mp3", "2.mp3", "3.mp3"]


def test_two_scans_never_run_at_once(tmp_path: Path) -> None:
    database = tmp_path / "music.db"
    assert not is_running(database)
    with alone(database):
        assert is_running(database)
        with pytest.raises(CoachUnable, match="runs already"), alone(database):
            pass
    assert not is_running(database)
    with alone(database):
        pass


def test_a_folder_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(CoachUnable, match=r"gone/music\.db.*look"), alone(tmp_path / "gone" / "music.db"):
        pass
    with pytest.raises(CoachUnable, match=r"gone/music\.db"):
        Shelf(tmp_path / "gone" / "music.db")


SLAVE = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from hearing_songs import Listener, names
from appliance.coach.scan import Scan, alone
from appliance.coach.shelf import Shelf
music = Path({music!r})
say = lambda word: print(word, flush=True)
with alone(music.parent / "music.db"), Shelf(music.parent / "music.db") as shelf:
    listener = Listener(told=lambda uri: say(f"hears {{uri}}"))
    Scan(shelf, listener, music, told=lambda progress: say(f"done {{progress.done}}")).run(names(music))
say("over")
"""


@pytest.mark.parametrize("kills", [5, pytest.param(50, marks=[pytest.mark.slow, pytest.mark.timeout(600)])])
def test_a_scan_that_is_killed_again_and_again_loses_nothing(tmp_path: Path, kills: int) -> None:
    music = tmp_path / "music"
    music.mkdir()
    for number in range(3 * kills):
        (music / f"{number:03}.mp3").write_text(str(number))
    script = SLAVE.format(tests=str(Path(__file__).parent.parent), music=str(music))
    chance, done, hearings = random.Random(1), 0, 0
    for kill in range(kills + 1):
        with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout
            lines = iter(child.stdout.readline, "")
            last = 10_000 if kill == kills else chance.randint(1, 6)
            for _, line in zip(range(last), lines, strict=False):
                hearings += line.startswith("hears")
                if line.startswith("done"):
                    assert int(line.split()[1]) >= done  # what was done once stays done
                    done = int(line.split()[1])
            if kill < kills:
                os.kill(child.pid, signal.SIGKILL)
            hearings += sum(line.startswith("hears") for line in lines)
    assert known(music) == {f"{number:03}.mp3": str(number) for number in range(3 * kills)}
    assert hearings <= 3 * kills + kills  # at most the one that was being heard, each time
    with sqlite3.connect(tmp_path / "music.db") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
