"""How the next song is chosen by somebody's taste."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence

import pytest

from appliance.brain.music import Chooser
from appliance.brain.rounds import MANY
from appliance.brain.tasting import words
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.messages import LibraryChanged, Pick, Song
from appliance.protocol.taste import Preference, is_allowed


class FirstComesFirst:
    """A taste for what stands first in the alphabet."""

    def __init__(self, never: Sequence[str] = (), resting: Sequence[str] = ()) -> None:
        self.is_ready = True
        self._never, self._resting = frozenset(never), frozenset(resting)
        self.asked: list[tuple[str, str]] = []

    def choose(self, person: str, mood: str, songs: Sequence[Song]) -> tuple[Song, Preference]:
        self.asked.append((person, mood))
        return min(songs, key=lambda song: song.uri), Preference("artist", 7, 8)

    def never(self, person: str) -> frozenset[str]:
        return self._never if person == "everybody" else frozenset()

    def resting(self, person: str) -> frozenset[str]:
        return self._resting


def library(**by_mood: Sequence[str]) -> LibraryChanged:
    """Songs by mood; each is an artist's own, who stands before the dash in its name."""
    songs = {
        mood: tuple(Song(uri, artist=uri.partition("-")[0]) for uri in by_mood.get(mood, ()))
        for mood in EMOTIONS
    }
    return LibraryChanged(songs, tuple(song for each in songs.values() for song in each))


def stocked(taste: FirstComesFirst | None = None, is_rotation: bool = False, **by_mood: str) -> Chooser:
    chooser = Chooser(random.Random(1), taste=taste or FirstComesFirst(), is_rotation=is_rotation)
    chooser.stock(library(**{mood: uris.split() for mood, uris in by_mood.items()}))
    return chooser


def play(chooser: Chooser, count: int, mood: str = "sad") -> list[str]:
    played = []
    for _ in range(count):
        pick = chooser.pick(mood, "You look sad")
        assert pick
        chooser.note_played(pick)
        played.append(pick.song.uri)
    return played


def test_a_song_rests_until_a_third_of_its_mood_has_played() -> None:
    assert play(stocked(sad="a b c d e f"), 6) == ["a", "b", "c", "a", "b", "c"]


def test_in_a_rotation_every_song_plays_once_before_any_plays_twice() -> None:
    played = play(stocked(is_rotation=True, sad="a b c d e f"), 12)
    assert played == [*"abcdef", *"abcdef"]


def test_until_a_taste_is_known_every_song_plays_once_before_any_plays_twice() -> None:
    taste = FirstComesFirst()
    taste.is_ready = False
    assert sorted(play(stocked(taste, sad="a b c d e f"), 6)) == [*"abcdef"]
    assert taste.asked == []


def test_artists_stay_apart_however_much_one_of_them_is_liked() -> None:
    played = play(stocked(sad="A-1 A-2 A-3 A-4 B-1 C-1"), 12)
    artists = [uri[0] for uri in played]
    assert not any(one == other for one, other in itertools.pairwise(artists))


def test_what_rests_is_remembered_over_a_power_cut() -> None:
    before = stocked(sad="a b c d e f")
    play(before, 2)
    after = Chooser(random.Random(1), before.played(), FirstComesFirst())
    after.stock(library(sad=[*"abcdef"]))
    assert play(after, 1) == ["c"]


def test_what_is_remembered_is_cut_seldom_for_then_it_is_written_anew_as_a_whole() -> None:
    chooser = stocked(sad=" ".join(f"{number:02}" for number in range(30)))
    lengths = [len(play(chooser, 1) and chooser.played()["sad"]) for _ in range(73)]
    assert lengths == [*range(1, 72), 11, 12]  # 50 beyond twice the ten that rest


@pytest.mark.parametrize(("count", "asked"), [(100, 100), (MANY, MANY), (10 * MANY, MANY)])
def test_taste_is_asked_about_each_song_and_of_very_many_about_some(count: int, asked: int) -> None:
    class Counts(FirstComesFirst):
        def choose(self, person: str, mood: str, songs: Sequence[Song]) -> tuple[Song, Preference]:
            assert len(songs) == asked
            assert len({*songs}) == asked or count > MANY, "some are asked about twice"
            return super().choose(person, mood, songs)

    taste = Counts()
    play(stocked(taste, sad=" ".join(f"{number:04}" for number in range(count))), 1)
    assert taste.asked == [("everybody", "sad")]


@pytest.mark.parametrize("other", ["Ann", "Zoe"])
def test_who_takes_back_a_word_takes_back_no_other_persons(other: str) -> None:
    chooser = stocked(sad="a b c d e f")
    song = Song("a", artist="a")
    for person in (other, "Kim"):
        chooser.serve(person, None)
        chooser.turn_down(song)
    chooser.relent()
    assert song.uri not in chooser.unwanted()
    chooser.serve(other, None)
    assert song.uri in chooser.unwanted()


def test_what_is_remembered_does_not_grow_for_ever() -> None:
    chooser = stocked(sad="a b c d e f")
    play(chooser, 500)
    assert len(chooser.played()["sad"]) < 100


def test_a_song_that_was_turned_down_is_chosen_no_more() -> None:
    taste = FirstComesFirst(never=["a", "b"])
    assert {*play(stocked(taste, sad="a b c d e f"), 20)} == {"c", "d", "e"}


def test_a_song_that_rests_for_a_dislike_is_played_before_silence() -> None:
    assert {*play(stocked(FirstComesFirst(resting=["a"]), sad="a"), 3)} == {"a"}


def test_a_mood_whose_songs_were_all_turned_down_borrows() -> None:
    pick = stocked(FirstComesFirst(never=["a"]), sad="a", neutral="z").pick("sad", "You look sad")
    assert pick is not None
    assert pick.song.uri == "z"


def test_nothing_plays_that_is_never_wanted() -> None:
    chooser = stocked(FirstComesFirst(never=["a"]), sad="a")
    assert chooser.pick("sad", "You look sad") is None
    assert chooser.is_empty_for_person()
    chooser.serve("Ann", None)  # who has turned nothing down
    assert chooser.pick("sad", "You look sad")


def test_a_dislike_holds_at_once_and_for_who_said_it_alone() -> None:
    chooser = stocked(sad="a b c d e f")
    chooser.turn_down(Song("a"))
    assert play(chooser, 1) == ["b"]
    chooser.serve("Ann", None)
    assert play(chooser, 1) == ["a"]
    chooser.serve("everybody", None)
    chooser.relent()
    assert play(chooser, 3)[-1] == "a"


def test_a_child_hears_only_what_lies_in_its_folders_also_borrowed() -> None:
    chooser = stocked(sad="sad/1 sad/2", happy="children/1 happy/1", neutral="neutral/1 childrens/1")
    chooser.serve("Tim", ("children",))
    assert {*play(chooser, 5)} == {"children/1"}
    assert chooser.pick("neutral", "") == Pick(
        Song("children/1", artist="children/1"),
        "happy",
        "; there is no music for neutral, so this is from happy; you finish this artist when happy, 7 of 8",
    )


def test_a_child_with_no_folder_hears_nothing() -> None:
    chooser = stocked(sad="sad/1")
    chooser.serve("Tim", ())
    assert chooser.pick("sad", "") is None


def test_a_new_library_keeps_to_the_childs_folders() -> None:
    chooser = stocked(sad="children/1")
    chooser.serve("Tim", ("children",))
    chooser.stock(library(sad=["a", "children/2"]))
    assert {*play(chooser, 3)} == {"children/2"}


@pytest.mark.parametrize(
    ("uri", "folders", "is_so"),
    [
        ("children/a", ["children"], True),
        ("children/a", ["children/"], True),
        ("children/tales/a", ["rock", "children/tales"], True),
        ("childrens/a", ["children"], False),
        ("rock/children/a", ["children"], False),
        ("http://radio/children/a", ["children"], False),
        ("a", [""], False),
        ("a", [], False),
        ("a", None, True),
    ],
)
def test_a_folder_is_allowed_with_all_below_it(uri: str, folders: list[str] | None, is_so: bool) -> None:
    assert is_allowed(uri, folders) is is_so


def test_it_says_whose_share_was_finished() -> None:
    pick = stocked(sad="a b c").pick("sad", "You look sad")
    assert pick
    assert pick.why == "You look sad; you finish this artist when sad, 7 of 8"


def test_every_preference_has_its_words() -> None:
    assert words(Preference("song", 2, 3), "fear") == "; you finish this song when afraid, 2 of 3"
    assert words(Preference("sound"), "") == "; it sounds like what you finish"
    assert words(Preference("liked"), "sad") == "; you like this song"
    assert words(Preference("liked_artist"), "sad") == "; you like songs of this artist"
    assert words(Preference("new"), "sad") == "; to hear whether you like it"
    assert words(Preference(""), "sad") == ""


def test_of_a_huge_mood_taste_chooses_among_some() -> None:
    chooser = Chooser(random.Random(1), taste=FirstComesFirst())
    many = tuple(Song(f"{number:05}", artist=str(number)) for number in range(10 * MANY))
    chooser.stock(LibraryChanged({"sad": many}, many))
    played = play(chooser, 50)
    assert len({*played}) == 50
    assert all(int(uri) < MANY for uri in played)
