"""When a face, a hand or nobody's presence changes what plays, and what is told of it, to the letter."""

from __future__ import annotations

import pytest
from brain_room import LIBRARY, Room

from appliance.protocol.actions import Action, ResumeMusic, StartSong
from appliance.protocol.commands import ChooseMood, ChoosePerson, NextMood, PowerOff
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.looks import Nobody
from appliance.protocol.messages import LibraryChanged, PartChanged, PlayState, Song
from appliance.protocol.policies import Policy
from appliance.protocol.snapshot import Playing


@pytest.fixture
def room() -> Room:
    return Room().connect()


def starts(actions: list[Action]) -> list[StartSong]:
    return [action for action in actions if isinstance(action, StartSong)]


def nobody_for(room: Room, seconds: int) -> None:
    for _ in range(seconds):
        room.now += 1.0
        room.tell(Nobody(room.now))


def arrive(room: Room, emotion: str = "neutral") -> list[Action]:
    """Somebody is seen for long enough to be there."""
    done: list[Action] = []
    for _ in range(13):
        room.now += 0.1
        done += room.see(emotion)
    return done


@pytest.mark.parametrize("mood", ["angry", "surprise"])
def test_a_mood_by_hand_starts_although_its_songs_play_already_in_the_place_of_another_mood_s(
    mood: str,
) -> None:
    room, songs = Room(), LIBRARY.by_mood[mood]
    room.tell(LibraryChanged(dict.fromkeys(EMOTIONS, ()) | {mood: songs}, songs))
    room.hear(fresh=True)
    assert room.snapshot.song_mood == mood
    (start,) = starts(room.tell(ChooseMood(mood)))
    assert start.pick.why == f"You chose {mood}"


@pytest.mark.parametrize(("played_s", "is_cut"), [(9.5, False), (10.0, True)])
@pytest.mark.parametrize("mood", ["angry", "surprise"])
def test_a_face_may_cut_a_song_once_it_has_played_for_its_time(
    room: Room, mood: str, played_s: float, is_cut: bool
) -> None:
    room.now += played_s
    assert bool(starts(room.see(mood))) is is_cut


FACES = [("unsure", 0), ("away", 30)]
"""What the camera tells after so many seconds without a face: a word before "neutral", and one behind it."""


@pytest.mark.parametrize(("face", "nobody_s"), FACES)
def test_no_path_leads_from_a_mood_of_a_hand_s_that_no_face_shows(face: str, nobody_s: int) -> None:
    room = Room(policies={"sad": Policy.LIFT}, hold_s=60.0).connect()
    room.tell(ChooseMood("sad"))
    nobody_for(room, nobody_s)
    room.wait(60)
    assert (room.snapshot.mood.name, room.snapshot.by_hand, room.snapshot.path) == (face, None, None)
    room.see("sad")
    arrive(room, "sad")
    assert room.snapshot.path


@pytest.mark.parametrize(("face", "nobody_s"), FACES)
def test_another_person_s_path_leads_only_from_what_a_face_shows(face: str, nobody_s: int) -> None:
    persons = {"Kim": None, "Tim": None}
    room = Room(persons=persons, policies_of={"Kim": {"neutral": Policy.LIFT}}).connect()
    nobody_for(room, nobody_s)
    room.tell(ChoosePerson("Kim"))
    assert (room.snapshot.mood.name, room.snapshot.path) == (face, None)
    room.tell(ChoosePerson("Tim"))
    arrive(room)
    room.tell(ChoosePerson("Kim"))
    assert room.snapshot.path


def test_a_pause_from_a_phone_stays_one_however_the_music_came_back_before_it() -> None:
    """It had waited for somebody, an announcement had played to nobody, and somebody had come."""
    room = Room(pause_when_away_s=60.0).connect()
    room.see("neutral")
    nobody_for(room, 120)
    room.hear(state=PlayState.PLAY, song=Song("guest"), song_id=900, pick=None, elapsed_s=0.0)
    room.hear(state=PlayState.STOP, ran_out=True, song=None, song_id=None)
    assert starts(arrive(room))
    room.hear(state=PlayState.PAUSE)
    nobody_for(room, 10)
    assert not [action for action in arrive(room) if isinstance(action, ResumeMusic | StartSong)]
    assert room.snapshot.playing is Playing.PAUSED


@pytest.mark.parametrize("part", ["mqtt", "web"])
def test_a_box_that_is_switching_itself_off_is_not_kept_from_it_by_what_another_part_says(
    room: Room, part: str
) -> None:
    room.tell(PowerOff())
    room.tell(PartChanged(part, "gone"))
    assert room.snapshot.powering_off


def test_that_a_mood_has_no_music_left_is_told_with_the_song_that_fails(room: Room) -> None:
    for song in LIBRARY.by_mood["neutral"]:
        assert "music" not in room.snapshot.degraded
        failed = {"state": PlayState.STOP, "failed": song, "song": song, "song_id": None, "pick": None}
        room.brain.handle(
            type(room.mpd)(**{**vars(room.mpd), **failed}), room.now
        )  # and MPD does nothing yet
    assert "no music for neutral" in room.snapshot.degraded["music"]


def test_the_next_mood_is_each_in_turn_and_after_the_last_the_camera_s(room: Room) -> None:
    room.now += 30
    room.see("happy")
    for mood in EMOTIONS:
        room.tell(NextMood())
        assert room.snapshot.by_hand == mood
    room.now += 30
    assert [start.pick.mood for start in starts(room.tell(NextMood()))] == ["happy"]
    assert room.snapshot.by_hand is None
