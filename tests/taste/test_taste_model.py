"""What one person likes in one mood, and a choice by it."""

from __future__ import annotations

import random

import numpy as np
import pytest

from appliance.ear.head import Head
from appliance.protocol.messages import Song
from appliance.taste.model import HALF_LIFE_DAYS, SONG_VARIANCE, Model, Weights
from appliance.taste.sound import AXES, FEATURES, Sound, on_axes

SONGS = [Song(f"{artist}/{number}", artist=artist) for artist in ("Ada", "Bo", "Cy") for number in range(5)]


def listened(kept: str, plays: int = 60, sound: Sound | None = None) -> Model:
    """A model of somebody who finishes the songs of one artist, and skips all others."""
    model = Model(sound or Sound())
    chance = random.Random(1)
    for _ in range(plays):
        song = chance.choice(SONGS)
        model.learn(song.uri, song.artist, song.artist == kept, 1.0, 0)
    return model


def chosen(model: Model, songs: list[Song] = SONGS, noise: float = 0.3) -> list[Song]:
    draw = np.random.default_rng(1)
    return [songs[model.choose(songs, 0, draw, noise)] for _ in range(50)]


def test_an_artist_whose_songs_are_finished_is_chosen() -> None:
    assert {song.artist for song in chosen(listened("Bo"))} == {"Bo"}


def test_a_new_song_of_a_favourite_artist_goes_before_what_is_skipped() -> None:
    new = [Song("Bo/new", artist="Bo"), *(song for song in SONGS if song.artist == "Cy")]
    assert {song.uri for song in chosen(listened("Bo"), new)} == {"Bo/new"}


def test_while_nothing_is_known_every_song_has_its_chance() -> None:
    draw = np.random.default_rng(1)
    model = Model(Sound())
    assert len({model.choose(SONGS, 0, draw) for _ in range(300)}) == len(SONGS)


def test_songs_that_sound_alike_are_liked_alike_though_nobody_has_heard_them() -> None:
    uris = [f"{number}" for number in range(40)]
    places = np.zeros((40, AXES))
    places[:, 0] = [1.0 if number % 2 else -1.0 for number in range(40)]
    model = Model(Sound(uris, places))
    for number in range(20):
        model.learn(f"{number}", "", bool(number % 2), 1.0, 0)
    assert all(int(song.uri) % 2 for song in chosen(model, [Song(uri) for uri in uris[20:]]))


def test_a_song_without_an_artist_is_no_artist_that_one_likes() -> None:
    model = Model(Sound())
    for _ in range(20):
        model.learn("a", "", True, 1.0, 0)
    assert model.terms("b", "")["artist"] == 0.0


def test_doubt_grows_back_with_its_half_life() -> None:
    table = Weights(SONG_VARIANCE)
    row = table.row("song")
    table.move(row, 1.0, 0.5, 100)
    assert table.variance(row, 100) == pytest.approx(0.5)
    assert table.variance(row, 100 + HALF_LIFE_DAYS) == pytest.approx((0.5 + SONG_VARIANCE) / 2)
    assert table.variance(row, 10_000_000) == pytest.approx(SONG_VARIANCE)
    assert table.mean("song") == 1.0  # what was learnt is doubted, not lost


def test_a_clock_that_has_gone_back_makes_no_doubt_shrink() -> None:
    table = Weights(SONG_VARIANCE)
    row = table.row("song")
    table.move(row, 1.0, 0.5, 100)
    assert table.variance(row, 3) == pytest.approx(0.5)


def test_what_counts_half_teaches_less() -> None:
    whole, half = Model(Sound()), Model(Sound())
    whole.learn("a", "Ada", False, 1.0, 0)
    half.learn("a", "Ada", False, 0.5, 0)
    assert whole.terms("a", "Ada")["song"] < half.terms("a", "Ada")["song"] < 0


def test_the_reason_is_the_largest_term_or_none() -> None:
    chance = random.Random(2)
    draw = np.random.default_rng(2)
    uris = [song.uri for song in SONGS]
    for _ in range(30):
        model = Model(Sound(uris, draw.normal(size=(len(uris), AXES))))
        for _ in range(40):
            song = chance.choice(SONGS)
            model.learn(song.uri, song.artist, chance.random() < 0.5, 1.0, 0)
        for song in SONGS:
            terms, reason = model.terms(song.uri, song.artist), model.reason(song.uri, song.artist)
            if reason.term:
                assert terms[reason.term] == max(terms.values()) == reason.amount > 0
            else:
                assert max(terms.values()) <= 0


def test_an_opinion_from_elsewhere_is_where_a_song_begins() -> None:
    model = Model(Sound(), {"a": -2.0, "b": -2.0, "c": 2.0})
    assert model.reason("c", "").term == "song"
    assert "a" not in {song.uri for song in chosen(model, [Song("a"), Song("b"), Song("c")])}
    for _ in range(8):
        model.learn("b", "", True, 1.0, 0)
        model.learn("c", "", False, 1.0, 0)
    assert model.terms("b", "")["song"] > 0 > model.terms("c", "")["song"]  # what was heard here counts more


def test_years_of_events_stay_numbers() -> None:
    model = Model(Sound())
    for day in range(5000):
        model.learn("a", "Ada", True, 1.0, day)
        model.learn("b", "Ada", False, 3.0, day)
    assert all(np.isfinite([*model.terms("a", "Ada").values(), *model.terms("b", "Ada").values()]))
    assert model.terms("a", "Ada")["song"] > 0 > model.terms("b", "Ada")["song"]


def test_axes_of_sound_have_one_measure_and_no_outliers() -> None:
    draw = np.random.default_rng(1)
    features = draw.normal(size=(200, 84)) * draw.uniform(0.01, 100, 84)
    features[0] *= 1000
    places = on_axes(features)
    assert places.shape == (200, AXES)
    assert np.isfinite(places).all()
    assert np.abs(places).max() <= 3.0


def test_features_that_are_all_the_same_are_no_axis() -> None:
    assert np.isfinite(on_axes(np.ones((20, 84)))).all()


def test_the_ear_hears_at_least_the_features_that_the_axes_are_laid_through() -> None:
    assert len(Head().features) >= FEATURES
