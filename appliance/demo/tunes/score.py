"""How the demo's tunes are written down, and what notes that makes. No sound here.

Melody: bars between `|`, in each `degree:beats`, where degree 1 is the tonic, 8 its octave, 0 the step below;
`#` and `b` alter it, `!` stresses it, `r` is a rest.

Chords: bars between `|`, one chord or more in each, by the scale degree of the root, and then `7` adds the
seventh, `M` makes the third major, `o` diminishes the chord, `p` leaves the third out, `b` lowers the root.

Steps (accompaniment): one bar in even steps. A digit is a note of the chord, counted upwards from its root,
`C` the whole chord, `.` holds on, `-` is silence. Drums: `x` a stroke, `o` a soft one, anything else none.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

SCALES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
}


@dataclass(frozen=True)
class Part:
    """An instrument and how it plays."""

    instrument: str
    level: float
    octave: int = 0
    """Octaves up from where the tune's tonic lies."""
    steps: str = ""
    """One bar of accompaniment, as the module says; empty for the one that has the melody."""
    held: float = 0.95
    """Articulation: the share of its time that a note sounds. 1 is legato, 0.4 staccato."""
    pan: float = 0.0


@dataclass(frozen=True)
class Tune:
    """A whole piece, as it is written down."""

    mood: str
    title: str
    artist: str
    genre: str
    bpm: float
    tonic: int
    """MIDI's number of degree 1 of the melody."""
    scale: str
    melody: str
    chords: str
    lead: tuple[Part, ...]
    band: tuple[Part, ...]
    drums: dict[str, str] = field(default_factory=dict)
    beats: int = 4
    """In a bar."""
    swing: float = 0.0
    """How late the second of two eighths comes, as a share of an eighth."""
    contrast: float = 0.15
    """How much louder the loud bars are than the soft ones."""
    unsteady_s: float = 0.006
    """How far from the beat notes are played, seconds."""
    room: float = 0.22
    room_s: float = 1.3
    peak_db: float = -3.0

    @property
    def beat_s(self) -> float:
        return 60.0 / self.bpm

    def bars_in(self, seconds: float) -> int:
        """Whole pairs of bars in about so many seconds, the final chord's bar aside."""
        return 2 * max(1, round(seconds / (self.beat_s * self.beats) / 2))


@dataclass(frozen=True)
class Note:
    """One note of one part."""

    at_s: float
    seconds: float
    pitch: int
    strength: float
    part: Part


@dataclass(frozen=True)
class Stroke:
    """One stroke of a drum."""

    at_s: float
    strength: float
    drum: str


def perform(tune: Tune, seconds: float, seed: int = 1) -> tuple[list[Note], list[Stroke], float]:
    """Play `tune` for about `seconds`: its notes, its strokes, and when the last note ends, in seconds."""
    rng = random.Random(f"{tune.title} {seed}")
    bars = tune.bars_in(seconds)
    bar_s = tune.beats * tune.beat_s
    notes: list[Note] = []
    strokes: list[Stroke] = []
    for bar in range(bars):
        loud = _loudness(tune, bar)
        notes += _melody_bar(tune, bar, loud, rng)
        notes += [note for part in tune.band for note in _band_bar(tune, part, bar, loud, rng)]
        strokes += _drum_bar(tune, bar, loud, rng)
    notes += _ending(tune, bars * bar_s, notes)
    strokes += [
        Stroke(bars * bar_s, 0.8, name) for name in tune.drums if name in ("kick", "timpani", "heart")
    ]
    return notes, strokes, bars * bar_s + max(bar_s, 2.0)


def pitch_of(tune: Tune, degree: int, altered: int = 0) -> int:
    """MIDI's number of a scale degree; 1 is the tonic, 8 its octave."""
    octave, step = divmod(degree - 1, 7)
    return tune.tonic + 12 * octave + SCALES[tune.scale][step] + altered


def chord_of(tune: Tune, token: str) -> tuple[int, ...]:
    """MIDI's numbers of a chord's notes, the root within the tonic's octave, then up for two octaves."""
    degree, flags = int(token[0]), token[1:]
    root = pitch_of(tune, degree) - ("b" in flags)
    third = pitch_of(tune, degree + 2) - root
    fifth = 7 if {"b", "p", "M"} & set(flags) else pitch_of(tune, degree + 4) - root
    third = 4 if "M" in flags else third
    if "o" in flags:
        third, fifth = 3, 6
    intervals = [0, fifth] if "p" in flags else [0, third, fifth]
    if "7" in flags:
        intervals.append(9 if "o" in flags else pitch_of(tune, degree + 6) - root)
    return tuple(root + 12 * octave + interval for octave in range(3) for interval in intervals)


def close_to(tune: Tune, token: str) -> tuple[int, ...]:
    """The notes of a chord within the octave about the tonic, so that each moves little to the next chord.

    A bare fifth stays on its root: it would be another interval the other way up.
    """
    chord = chord_of(tune, token)
    once = chord[: len(chord) // 3]
    if "p" in token:
        return once
    low = tune.tonic - 5
    return tuple(sorted(low + (pitch - low) % 12 for pitch in once))


def _loudness(tune: Tune, bar: int) -> float:
    """Phrases of four bars swell and fall back."""
    swell = (0.0, 0.6, 1.0, 0.4)[bar % 4]
    return 1.0 - tune.contrast * (1.0 - swell)


def _melody_bar(tune: Tune, bar: int, loud: float, rng: random.Random) -> Iterator[Note]:
    bars = tune.melody.split("|")
    at = float(bar * tune.beats)
    for token in bars[bar % len(bars)].split():
        name, beats = token.split(":")
        length = float(beats)
        if name != "r":
            pitch = pitch_of(tune, int(name.strip("#b!")), name.count("#") - name.count("b"))
            strength = loud * (1.25 if "!" in name else 1.0) * rng.uniform(0.92, 1.05)
            start = _played_at(tune, at, rng)
            for part in tune.lead:
                sounding = length * tune.beat_s * part.held
                yield Note(start, sounding, pitch + 12 * part.octave, strength * part.level, part)
        at += length


def _band_bar(tune: Tune, part: Part, bar: int, loud: float, rng: random.Random) -> Iterator[Note]:
    bars = tune.chords.split("|")
    tokens = bars[bar % len(bars)].split()
    steps = len(part.steps)
    for step, sign in enumerate(part.steps):
        if sign in "-.":
            continue
        token = tokens[step * len(tokens) // steps]
        chord = chord_of(tune, token)
        length = 1 + len(part.steps[step + 1 :]) - len(part.steps[step + 1 :].lstrip("."))
        seconds = length * tune.beats / steps * tune.beat_s * part.held
        start = _played_at(tune, bar * tune.beats + step * tune.beats / steps, rng)
        played = close_to(tune, token) if sign == "C" else (chord[int(sign)],)
        for pitch in played:
            strength = loud * part.level * rng.uniform(0.9, 1.0) / len(played) ** 0.5
            yield Note(start, seconds, pitch + 12 * part.octave, strength, part)


def _drum_bar(tune: Tune, bar: int, loud: float, rng: random.Random) -> Iterator[Stroke]:
    for name, pattern in tune.drums.items():
        bars = pattern.split("|")
        steps = bars[bar % len(bars)].strip()
        for step, sign in enumerate(steps):
            if sign in "xo":
                at = _played_at(tune, bar * tune.beats + step * tune.beats / len(steps), rng)
                yield Stroke(at, loud * (1.0 if sign == "x" else 0.45) * rng.uniform(0.9, 1.0), name)


def _played_at(tune: Tune, beat: float, rng: random.Random) -> float:
    """Seconds; with swing, and as unsteady as people are."""
    if abs(beat % 1 - 0.5) < 1e-6:
        beat += tune.swing / 2
    return max(0.0, beat * tune.beat_s + rng.uniform(-1, 1) * tune.unsteady_s)


def _ending(tune: Tune, at_s: float, notes: list[Note]) -> Iterator[Note]:
    """The tonic, from the octave nearest to where the melody stopped, over its chord."""
    sung = [note for note in notes if note.part is tune.lead[0]]
    last = sung[-1].pitch if sung else tune.tonic
    tonic = min((tune.tonic + 12 * k for k in range(-2, 5)), key=lambda pitch: abs(pitch - last))
    seconds = max(2.0, tune.beats * tune.beat_s * 0.9)
    moved = tonic - 12 * tune.lead[0].octave
    for part in tune.lead:
        yield Note(at_s, seconds * 0.7, moved + 12 * part.octave, part.level, part)
    for part in tune.band:
        token = "1p" if tune.chords.startswith("1p") else "1"
        for pitch in close_to(tune, token) if "C" in part.steps else chord_of(tune, token)[:1]:
            yield Note(at_s, seconds * 0.7, pitch + 12 * part.octave, part.level * 0.7, part)
