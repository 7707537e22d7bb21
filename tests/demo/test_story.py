"""What the demo tells, line by line, and the figures at its end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from appliance.demo.story import Story, table
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.looks import UNSURE, Box, CameraGone, Look, Mood, Nobody, Reading
from appliance.protocol.messages import Song
from appliance.protocol.snapshot import Playing, Snapshot


class Told:
    """A story and what it has said; the box is what the last call made of it."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.story = Story(self.lines.append, 100.0)
        self.box = Snapshot(at=100.0, mood=Mood(UNSURE, 100.0))
        self.story.show(self.box)

    def at(self, seconds: float, **changes: Any) -> list[str]:
        """Show the box after so many seconds with these changes. Returns the lines that tell them."""
        self.lines.clear()
        self.box = replace(self.box, at=100.0 + seconds, **changes)
        self.story.show(self.box)
        return [line.partition(" s  ")[2] for line in self.lines]

    @property
    def outcome(self) -> dict[str, Any]:
        return self.story.outcome(self.box.at)


@pytest.fixture
def told() -> Told:
    return Told()


def look(emotion: str, share: float = 0.9, taken_at: float = 101.0) -> Reading:
    rest = (1 - share) / (len(EMOTIONS) - 1)
    shares = tuple(share if name == emotion else rest for name in EMOTIONS)
    return Reading(shares, Box(0, 0, 9, 9), taken_at, stages_s={"capture": 0.01, "detect": 0.002})


def happy(told: Told, seconds: float, song_id: int = 1, by: Look | None = None) -> list[str]:
    song = Song("happy/A Song.flac", "A Song", "Somebody")
    return told.at(
        seconds, song=song, song_id=song_id, song_mood="happy", why="You look happy", decided_by=by
    )


def test_no_mood_is_told_before_anybody_has_looked(told: Told) -> None:
    """The first line was that no emotion is clear enough, half a second before the camera was open."""
    assert told.lines == []
    assert told.at(1.0, mood=Mood("happy", 101.0)) == ["mood     happy"]
    assert told.at(2.0, mood=Mood(UNSURE, 102.0)) == ["mood     unsure: no emotion is clear enough"]


def test_a_face_is_told_when_it_changes_and_not_at_every_frame(told: Told) -> None:
    assert told.at(1.0, looked=look("happy")) == ["sees     one face, happy 90%"]
    assert told.at(1.1, looked=look("happy", 0.8)) == []
    assert told.at(1.2, looked=look("sad", 0.4)) == []
    assert told.at(1.3, looked=look("sad", 0.7)) == ["sees     one face, sad 70%"]
    assert told.at(1.4, looked=Nobody(101.4)) == ["sees     nobody"]
    assert told.at(1.5, looked=CameraGone("unplugged", 101.5)) == ["sees     nothing"]


def test_every_line_begins_with_the_seconds_since_the_start(told: Told) -> None:
    told.at(12.34, mood=Mood("happy", 112.0))
    assert told.lines == ["  12.3 s  mood     happy"]


def test_a_song_is_told_with_its_reason(told: Told) -> None:
    assert happy(told, 2.0, by=look("happy")) == ["plays    “A Song” by Somebody: You look happy"]


def test_a_song_without_tags_goes_by_its_file_and_a_guests_has_no_reason(told: Told) -> None:
    lines = told.at(2.0, song=Song("a phone's.mp3"), song_id=5)
    assert lines == ["plays    a phone's.mp3: somebody else chose it"]


def test_only_a_song_that_a_look_led_to_counts(told: Told) -> None:
    happy(told, 0.5)
    assert told.outcome["songs"] == []
    seen = look("happy", taken_at=101.9)
    told.at(2.0, looked=seen, mood=Mood("happy", 102.0), decided_by=seen)
    happy(told, 2.4, song_id=2, by=seen)
    assert told.outcome["songs"] == [{"mood": "happy", "uri": "happy/A Song.flac"}]
    assert told.outcome["stages_ms"]["look to new song"] == {"median": 500.0, "p95": 500.0}
    # The same mood's next song follows by itself, then a guest's, while that look is still known.
    happy(told, 22.0, song_id=3, by=seen)
    told.at(23.0, song=Song("a phone's.mp3"), song_id=4, song_mood="", why="")
    assert len(told.outcome["songs"]) == 1
    assert told.outcome["stages_ms"]["look to new song"]["p95"] == 500.0


def test_moods_are_counted_in_seconds_and_changes_by_number(told: Told) -> None:
    told.at(1.0, mood=Mood("happy", 101.0))
    told.at(4.0, mood=Mood("sad", 104.0))
    told.at(5.5)
    assert told.outcome["moods"] == {"happy": 3.0, "sad": 1.5}
    assert told.outcome["changes"] == 2


def test_a_trouble_is_told_once_counts_as_an_error_and_its_end_is_told(told: Told) -> None:
    assert told.at(1.0, degraded={"mpd": "gone"}) == ["trouble  mpd: gone"]
    assert told.at(2.0, degraded={"mpd": "gone"}) == []
    assert told.at(3.0, degraded={}) == ["better   mpd: no trouble any more"]
    assert told.outcome["errors"] == ["mpd: gone"]


def test_a_pause_and_its_end_are_told(told: Told) -> None:
    told.at(0.5, playing=Playing.MUSIC)
    assert told.at(1.0, playing=Playing.PAUSED) == ["music    paused"]
    assert told.at(2.0, playing=Playing.MUSIC) == ["music    goes on"]


def test_the_table_has_every_figure_in_one_column(told: Told) -> None:
    seen = look("happy")
    told.at(1.0, looked=seen, mood=Mood("happy", 101.0))
    happy(told, 1.4, by=seen)
    told.at(2.0, looked=look("happy"))
    lines = table(told.outcome).splitlines()
    assert all(line[:2] == "  " and line[20] == " " for line in lines)
    text = "\n".join(lines)
    assert "happy 1 s" in text
    assert "songs for them     happy     A Song" in text
    assert "capture               10.0 ms   10.0 ms" in text
    assert "frames a second    1.0" in text
    assert "troubles           none" in text


def test_a_table_of_nothing_says_none(told: Told) -> None:
    lines = dict(line.strip().split("   ", 1) for line in table(told.outcome).splitlines() if "none" in line)
    assert {"moods seen", "songs for them", "troubles"} <= lines.keys()
