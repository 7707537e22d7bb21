"""Works of several movements: whole and in order, or not at all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from brain_room import LIBRARY, Room

from appliance.protocol.actions import QueueSong
from appliance.protocol.commands import Skip
from appliance.protocol.messages import LibraryChanged, Song
from appliance.protocol.policies import Policy

SONATA = tuple(
    Song(f"neutral/{name}", artist="Clara", album="Piano", work="Sonata", movement=number)
    for number, name in ((1, "c"), (2, "a"), (3, "b"))
)
OTHERS = tuple(Song(f"neutral/{number}", artist=str(number)) for number in range(9))


def room(*songs: Song, **settings: Any) -> Room:
    library: LibraryChanged = replace(
        LIBRARY, by_mood={**LIBRARY.by_mood, "neutral": songs}, everything=songs
    )
    made = Room(**settings)
    made.tell(library)
    made.hear(fresh=True)
    return made


def play_on(made: Room) -> Song:
    """The song ends, and what was queued plays."""
    pick = [action for action in made.done if isinstance(action, QueueSong)][-1].pick
    made.now += 180
    song_id = (made.mpd.song_id or 0) + 1000
    made.hear(song=pick.song, pick=pick, song_id=song_id, elapsed_s=0.0, has_next=False)
    return pick.song


def day(made: Room, songs: int = 24) -> list[Song]:
    """What plays, from the song on that plays now."""
    assert made.mpd.song
    return [made.mpd.song, *(play_on(made) for _ in range(songs))]


def test_a_work_is_begun_at_its_beginning_and_played_whole_and_in_order() -> None:
    played = day(room(*OTHERS, *SONATA))
    places = [place for place, song in enumerate(played) if song == SONATA[0] and place < 21]
    assert places
    for place in places:
        assert tuple(played[place : place + 3]) == SONATA
    whole = {place + movement for place in places for movement in range(3)}
    assert all(place in whole for place, song in enumerate(played[:21]) if song.work)


def test_it_says_that_the_work_goes_on() -> None:
    made = room(*SONATA)
    play_on(made)
    assert made.snapshot.why == "Music for neutral until your face says more; the work goes on"


def test_a_work_that_is_skipped_does_not_go_on() -> None:
    made = room(*OTHERS, *SONATA)
    while made.mpd.song != SONATA[0]:
        play_on(made)
    made.tell(Skip())
    assert made.mpd.song not in SONATA
    later = day(made, 40)
    assert all(later[place - 1] in SONATA for place, song in enumerate(later) if song in SONATA[1:])


def test_another_mood_ends_a_work() -> None:
    made = room(*SONATA)
    made.now += 30
    made.see("happy")
    assert play_on(made).work == ""


def test_works_are_left_out_where_that_is_wanted() -> None:
    assert not any(song.work for song in day(room(*OTHERS, *SONATA, is_work_whole=False), 8))


def test_a_mood_that_has_nothing_else_plays_them_all_the_same() -> None:
    assert all(song.work for song in day(room(*SONATA, is_work_whole=False), 3))


def test_no_work_is_begun_on_a_path() -> None:
    made = room(*OTHERS, *SONATA, policies={"neutral": Policy.CALM})
    made.now += 30
    made.see("neutral")
    play_on(made)
    assert not any(song.work for song in day(made, 2))


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize(
    "differs",
    [
        {"album": "Another recording"},
        {"album": "Recorded anew"},
        {"album": ""},
        {"work": "Aria"},
        {"work": "Trio"},
    ],
    ids=str,
)
def test_another_work_or_another_recording_of_it_does_not_come_between(
    differs: dict[str, str], is_first: bool
) -> None:
    other = tuple(replace(song, uri=f"{song.uri} again", **differs) for song in SONATA)  # type: ignore[arg-type]
    played = day(room(*(other + SONATA if is_first else SONATA + other)), 5)
    assert [song.movement for song in played] == [1, 2, 3] * 2
    for whole in (played[:3], played[3:]):
        assert len({(song.work, song.album) for song in whole}) == 1


@pytest.mark.parametrize("is_work_whole", [True, False])
def test_a_song_of_a_work_that_says_no_number_is_a_song_like_others(is_work_whole: bool) -> None:
    """Nobody can say what comes before or after it."""
    part = Song("neutral/d", artist="Clara", album="Piano", work="Sonata")
    made = room(part, *OTHERS[:1], *SONATA, is_work_whole=is_work_whole)
    assert {song.uri for song in day(made, 11)} >= {part.uri}
    while made.mpd.song != part:
        play_on(made)
    play_on(made)
    assert "the work goes on" not in made.snapshot.why


def test_a_work_that_is_left_out_does_not_go_on_where_there_is_nothing_else() -> None:
    made = room(*SONATA, is_work_whole=False)
    for _ in range(6):
        play_on(made)
        assert "the work goes on" not in made.snapshot.why
