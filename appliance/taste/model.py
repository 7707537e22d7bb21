"""One person's taste in one mood: a Bayesian logistic regression, and a choice by it.

A song's score, the log odds that it is heard and not skipped, is a sum of weights: one for the mood, one for
the artist, six for the axes of sound, one for the song. Each weight has a mean and a variance of its own; an
event moves both by one step of assumed-density filtering (Graepel 2010, "Web-scale Bayesian click-through
rate prediction", with a logistic link), which costs the same after ten thousand events as after ten.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, Protocol

from appliance.protocol.messages import Song
from appliance.taste.sound import AXES, Sound

if TYPE_CHECKING:
    import numpy as np

HALF_LIFE_DAYS = 90.0
"""After so many days half of what an event has made certain is doubted again: tastes change."""
NOISE = 0.3
"""How far the draws of Thompson sampling go, in standard deviations; with 1 a third more songs are skipped
(`tests/bench/taste.py`)."""
MOOD_VARIANCE, ARTIST_VARIANCE, SOUND_VARIANCE, SONG_VARIANCE = 1.0, 1.44, 0.25, 1.5
"""Before anything was heard; of the sound, each axis'. Its axes have a variance of about 1 over a library."""
LEAST_CURVE = 1e-3
"""Of the logistic curve: where an event is no surprise at all it still makes something certain."""


NONE: Mapping[str, float] = MappingProxyType({})


class Reason(NamedTuple):
    """The term that speaks most for a song."""

    term: str
    """One of: artist, sound, song; "" when nothing is known that speaks for it."""
    amount: float
    """What it adds to the score, in log odds."""


class Draw(Protocol):
    """The part of numpy's Generator that a choice needs."""

    def standard_normal(self, size: int) -> np.ndarray: ...


class Weights:
    """A table of independent weights, each found by its key. Row 0 is what is not known yet."""

    def __init__(self, variance: float) -> None:
        """variance: of each, before anything is known."""
        self.prior = variance
        self.rows: dict[str, int] = {}
        # Arrays, because a replay of years reads them one by one, and a choice reads all of them at once.
        self.means, self._variances, self._days = array("d", [0.0]), array("d", [variance]), array("d", [0.0])

    def row(self, key: str) -> int:
        """The key's row, made if there is none."""
        row = self.rows.get(key)
        if row is None:
            row = self.rows[key] = len(self.means)
            self.means.append(0.0)
            self._variances.append(self.prior)
            self._days.append(0.0)
        return row

    def mean(self, key: str) -> float:
        return self.means[self.rows.get(key, 0)]

    def variance(self, row: int, day: float) -> float:
        """The variance as it is that day: doubt grows back towards what it was before anything."""
        left: float = 2.0 ** (min(0.0, self._days[row] - day) / HALF_LIFE_DAYS)
        return self.prior - (self.prior - self._variances[row]) * left

    def move(self, row: int, by: float, variance: float, day: float) -> None:
        """Move a mean, and set the variance that it has now."""
        self.means[row] += by
        self._variances[row] = variance
        self._days[row] = max(day, self._days[row])

    def drawn(self, rows: np.ndarray | slice, day: float, draw: Draw, noise: float) -> np.ndarray:
        """Draw the weights of these rows, each by itself. noise: in standard deviations."""
        import numpy as np  # not at the start, which it would hold up

        means, variances, days = (
            np.frombuffer(each)[rows] for each in (self.means, self._variances, self._days)
        )
        left = np.exp2(np.minimum(0.0, days - day) / HALF_LIFE_DAYS)
        spread = np.sqrt(self.prior - (self.prior - variances) * left)
        return means + noise * spread * draw.standard_normal(len(means))


class Model:
    """One person's taste in one mood."""

    def __init__(self, sound: Sound, opinions: Mapping[str, float] = NONE) -> None:
        """opinions: song's name -> where it begins, in log odds, before anything was heard of it here."""
        self._sound, self._opinions = sound, opinions
        self._mood, self._axes = Weights(MOOD_VARIANCE), Weights(SOUND_VARIANCE)
        self._artists, self._songs = Weights(ARTIST_VARIANCE), Weights(SONG_VARIANCE)
        self._axis_rows = [self._axes.row(str(axis)) for axis in range(AXES)]

    def learn(self, uri: str, artist: str, is_kept: bool, weight: float, day: float) -> None:
        """Take one event into account. weight: how much it counts beside one song heard or skipped.

        day: when it was; one before the last that was told makes doubt neither grow nor shrink.
        """
        terms = self._terms(uri, artist)
        variances = [table.variance(row, day) for table, row, _ in terms]
        mean = sum(table.means[row] * factor for table, row, factor in terms)
        spread = sum(v * factor**2 for v, (_, _, factor) in zip(variances, terms, strict=True))
        kept = _logistic(mean / math.sqrt(1 + math.pi * spread / 8))
        slope = weight * (is_kept - kept)
        curve = weight * max(kept * (1 - kept), LEAST_CURVE)
        for (table, row, factor), variance in zip(terms, variances, strict=True):
            gain = variance * factor / (1 + curve * spread)
            table.move(row, slope * gain, variance - curve * gain * variance * factor, day)

    def choose(self, songs: Sequence[Song], day: float, draw: Draw, noise: float = NOISE) -> int:
        """Draw every weight once, tempered, and return the place of the song with the highest score."""
        import numpy as np

        row, known = self._artists.row, self._songs.rows.get
        artists = np.array([row(song.artist) if song.artist else 0 for song in songs])
        rows = np.array([known(song.uri, 0) for song in songs])
        of_artists = self._artists.drawn(slice(None), day, draw, noise)
        of_artists[0] = 0.0  # no artist is nobody whom one could like
        score = of_artists[artists] + self._songs.drawn(rows, day, draw, noise)
        if self._opinions:
            new = zip(songs, rows, strict=True)
            score += np.array([0.0 if row else self._opinions.get(song.uri, 0.0) for song, row in new])
        if self._sound:
            places = self._sound.places([song.uri for song in songs])
            score += places @ self._axes.drawn(slice(1, None), day, draw, noise)
        return int(np.argmax(score))

    def reason(self, uri: str, artist: str) -> Reason:
        """Say which term speaks most for a song, by the means alone: luck is no reason."""
        terms = self.terms(uri, artist)
        term = max(terms, key=lambda each: terms[each])
        return Reason(term, terms[term]) if terms[term] > 0 else Reason("", 0.0)

    def terms(self, uri: str, artist: str) -> dict[str, float]:
        """Return each term's part of a song's score, in log odds; the mood's is alike for all its songs."""
        place = self._sound.place(uri)
        return {
            "artist": self._artists.mean(artist) if artist else 0.0,
            "song": self._songs.mean(uri) if uri in self._songs.rows else self._opinions.get(uri, 0.0),
            "sound": sum(self._axes.means[row] * x for row, x in zip(self._axis_rows, place, strict=True)),
        }

    def _terms(self, uri: str, artist: str) -> list[tuple[Weights, int, float]]:
        """The weights that an event moves: table, row, and what each is multiplied by."""
        place = zip(self._axis_rows, self._sound.place(uri), strict=True)
        if uri not in self._songs.rows:
            self._songs.means[self._songs.row(uri)] = self._opinions.get(uri, 0.0)
        terms = [(self._mood, self._mood.row(""), 1.0), (self._songs, self._songs.row(uri), 1.0)]
        terms += [(self._axes, row, float(x)) for row, x in place if x]
        return [*terms, (self._artists, self._artists.row(artist), 1.0)] if artist else terms


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, x))))
