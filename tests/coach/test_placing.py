"""Which mood a song suits: whose word holds, and when nobody's does."""

from __future__ import annotations

import pytest

from appliance.brain.circumplex import CIRCUMPLEX
from appliance.coach import words
from appliance.coach.placing import (
    BY_HAND,
    BY_NAME,
    BY_SOUND,
    Correction,
    Known,
    Sound,
    judged,
    moved_to,
    pinned,
    place_of,
)

JUNE, DECEMBER = 6, 12


def sound(valence: float, arousal: float) -> Sound:
    return Sound(valence, arousal, 0.8, 0.3)


HAPPY, TENSE, SAD, CALM = sound(0.6, 0.5), sound(-0.6, 0.5), sound(-0.6, -0.5), sound(0.6, -0.5)
UNSURE = sound(0.1, 0.5)


def mood(song: Known, corrections: dict[str, Correction] | None = None, month: int = JUNE) -> str:
    return judged([song], corrections or {}, month)[song.uri].placed.mood


@pytest.mark.parametrize(
    ("heard", "suits"), [(HAPPY, "happy"), (SAD, "sad"), (CALM, "neutral"), (UNSURE, "")]
)
def test_a_song_is_placed_by_its_sound_where_that_is_sure(heard: Sound, suits: str) -> None:
    song = Known("a.mp3", heard)
    assert mood(song) == suits
    assert judged([song], {}, JUNE)["a.mp3"].placed.why == BY_SOUND


def test_a_tense_song_is_asked_about_unless_its_genre_parts_angry_from_fear() -> None:
    assert mood(Known("a.mp3", TENSE)) == ""
    assert mood(Known("a.mp3", TENSE, genre="Thrash Metal")) == "angry"
    assert mood(Known("a.mp3", TENSE, genre="Dark Ambient")) == "fear"
    assert mood(Known("a.mp3", TENSE, genre="Jazz")) == ""
    assert mood(Known("a.mp3", TENSE, genre="Metal; Horror")) == ""


def test_a_calm_metal_song_is_not_angry() -> None:
    assert mood(Known("a.mp3", CALM, genre="Metal")) == "neutral"


def test_no_sound_is_ever_disgust_or_surprise() -> None:
    grid = [sound(v / 10, a / 10) for v in range(-10, 11) for a in range(-10, 11)]
    found = {mood(Known("a.mp3", one, genre=genre)) for one in grid for genre in ("", "Punk", "Horror")}
    assert found == {"", "happy", "sad", "neutral", "angry", "fear"}


def test_what_its_tag_says_is_stronger_than_an_unsure_sound() -> None:
    verdict = judged([Known("a.mp3", UNSURE, told="sad")], {}, JUNE)["a.mp3"]
    assert (verdict.placed.mood, verdict.placed.why) == ("sad", BY_NAME)


def test_a_folder_that_is_named_like_a_mood_counts_and_the_innermost_most() -> None:
    assert mood(Known("Rock/Sad songs/a.mp3", UNSURE)) == "sad"
    assert mood(Known("happy/Traurige Lieder/a.mp3", UNSURE)) == "sad"
    assert mood(Known("Música para la tristeza 2/a.mp3", UNSURE)) == "sad"


@pytest.mark.parametrize(
    "name", ["Happy Mondays", "Sad Wings of Destiny", "Calm Before the Storm", "Songs", ""]
)
def test_an_artist_or_album_that_holds_such_a_word_says_nothing(name: str) -> None:
    assert words.mood_of(name) == ""


@pytest.mark.parametrize(
    ("tag", "says"),
    [
        ("Happy", "happy"),
        ("SAD", "sad"),
        ("fröhlich", "happy"),
        ("Fro\u0308hlich", "happy"),
        ("Good Mood", "happy"),
        ("melancólico", "sad"),
        ("गुस्सा", "angry"),
        ("Calm; Relaxed", "neutral"),
        ("Happy/Sad", ""),
        ("Ripped by EAC", ""),
    ],
)
def test_mood_tags_are_read_in_the_pages_languages(tag: str, says: str) -> None:
    assert words.mood_in(tag) == says


def test_a_name_that_the_sound_surely_contradicts_is_asked_about() -> None:
    assert mood(Known("a.mp3", HAPPY, told="sad")) == ""
    assert mood(Known("Calm/a.mp3", TENSE)) == ""


@pytest.mark.parametrize(
    ("uri", "genre"),
    [
        ("a.mp3", "Audiobook"),
        ("Hörspiele/TKKG/1.mp3", ""),
        ("Ho\u0308rspiele/TKKG/1.mp3", ""),
        ("a.mp3", "Children's Music"),
        ("Kinderlieder/a.mp3", ""),
        ("a.mp3", "Speech"),
        ("Podcasts/x/a.mp3", "Podcast"),
    ],
)
def test_what_is_no_song_sets_no_mood(uri: str, genre: str) -> None:
    verdict = judged([Known(uri, HAPPY, genre=genre)], {}, JUNE)[uri]
    assert verdict.is_excluded
    assert verdict.placed.mood == ""


def test_christmas_songs_are_songs_in_december_alone() -> None:
    song = Known("Christmas Hits/a.mp3", HAPPY)
    assert (mood(song, month=JUNE), mood(song, month=DECEMBER)) == ("", "happy")


def test_a_correction_pins_the_song_at_once_whatever_else_is_said_of_it() -> None:
    song = Known("Hörspiele/a.mp3", HAPPY, told="happy")
    verdict = judged([song], {song.uri: pinned("sad")}, JUNE)[song.uri]
    assert (verdict.placed.mood, verdict.placed.at, verdict.placed.why) == ("sad", CIRCUMPLEX["sad"], BY_HAND)


def test_a_song_that_was_never_heard_can_be_corrected() -> None:
    assert judged([], {"a.mp3": pinned("happy")}, JUNE)["a.mp3"].placed.mood == "happy"


def test_a_correction_moves_the_artists_other_songs_by_a_fifth_of_its_error() -> None:
    corrected, other = Known("a.mp3", sound(0.5, 0.0), "Nico"), Known("b.mp3", sound(0.4, 0.2), "NICO")
    stranger = Known("c.mp3", sound(0.4, 0.2), "Abba")
    songs = [corrected, other, stranger]
    found = judged(songs, {"a.mp3": Correction("sad", -0.5, -1.0)}, JUNE)
    assert found["b.mp3"].placed.at == pytest.approx((0.2, 0.0))
    assert found["c.mp3"].placed.at == (0.4, 0.2)


def test_many_corrections_move_an_artist_no_further_than_their_error() -> None:
    songs = [Known(f"{number}.mp3", sound(0.5, 0.5), "Nico") for number in range(50)]
    corrections = {f"{number}.mp3": Correction("sad", -0.5, -0.5) for number in range(49)}
    valence, _ = judged(songs, corrections, JUNE)["49.mp3"].placed.at
    assert -0.5 < valence < -0.3


def test_songs_without_an_artist_have_none_in_common() -> None:
    songs = [Known("a.mp3", HAPPY), Known("b.mp3", HAPPY)]
    assert judged(songs, {"a.mp3": pinned("sad")}, JUNE)["b.mp3"].placed.at == (0.6, 0.5)


def test_a_place_is_on_the_circumplex_and_its_error_on_the_same_scale() -> None:
    assert place_of(0.1, 0.1, 0.6) == pytest.approx((0.0, 0.375))
    assert place_of(1.7, 0.1, 0.6)[0] == pytest.approx(1.0)
    assert place_of(-9.0, 0.1, 0.6)[0] == -1.0
    assert place_of(9.0, 0.1, 0.6)[0] == 1.0


def test_stickers_are_read_as_tags_of_their_names_are() -> None:
    said = words.said_by(
        {
            "mood": {"a.mp3": "Traurig", "b.mp3": "Happy Mondays"},
            "comment": {"b.mp3": "calm songs", "a.mp3": "happy"},
            "genre": {"c.mp3": "Metal"},
        }
    )
    assert said == {"a.mp3": ("sad", ""), "b.mp3": ("neutral", ""), "c.mp3": ("", "Metal")}


OPPOSITE = {"happy": SAD, "surprise": SAD, "sad": HAPPY, "neutral": TENSE, "angry": CALM, "fear": CALM}


@pytest.mark.parametrize("heard", [HAPPY, TENSE, SAD, CALM])
@pytest.mark.parametrize("told", OPPOSITE)
def test_a_sound_speaks_against_a_tag_only_from_the_opposite_quarter(told: str, heard: Sound) -> None:
    assert mood(Known("a.mp3", heard, told=told)) == ("" if heard == OPPOSITE[told] else told)


@pytest.mark.parametrize(
    ("place", "means"),
    [
        ((0.0, 0.0), "neutral"),
        ((-0.1, 0.1), "neutral"),
        ((0.29, 0.0), "neutral"),
        ((0.3, 0.1), "happy"),
        ((0.2, 0.9), "surprise"),
        ((-0.9, 0.3), "disgust"),
        ((-0.3, -0.1), "sad"),
        ((0.6, -0.6), "neutral"),
    ],
)
def test_a_place_on_the_map_means_the_nearest_mood_of_its_quarter(
    place: tuple[float, float], means: str
) -> None:
    assert moved_to(*place) == Correction(means, *place)
