"""Plays the songbook into FLAC files, one folder for each mood."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from appliance.demo.tunes import synth
from appliance.demo.tunes.mixing import Mix
from appliance.demo.tunes.score import Tune, perform
from appliance.demo.tunes.songbook import TUNES

ALBUM = "Moodbox demo"
COMMENT = "Composed and played by code; nobody's rights"


def render(tune: Tune, seconds: float = 20.0) -> np.ndarray:
    """Play one tune for about `seconds`, its last chord besides.

    Returns float32 (samples, 2) at `synth.RATE`, between -1 and 1; the same for the same tune.
    """
    notes, strokes, end_s = perform(tune, seconds)
    mix = Mix(end_s + 1.0)
    for note in notes:
        # Rounded so that a repeated note is computed once.
        held = max(0.02, round(note.seconds, 2))
        mix.add(synth.note(note.part.instrument, note.pitch, held), note.at_s, note.strength, note.part.pan)
    for stroke in strokes:
        mix.add(synth.drum(stroke.drum), stroke.at_s, 0.5 * stroke.strength, 0.1)
    return mix.finish(tune.room, tune.room_s, tune.peak_db)


def write_tune(tune: Tune, folder: Path, seconds: float = 20.0) -> Path:
    """Write one tune, with its tags, to `folder`/mood/title.flac; a cut leaves no half a file of that name.

    Returns where it is. Raises OSError when it cannot be written.
    """
    import soundfile

    target = folder / tune.mood / f"{tune.title}.flac"
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".unfinished-{os.getpid()}.flac")
    tags = {
        "title": tune.title,
        "artist": tune.artist,
        "genre": tune.genre,
        "album": ALBUM,
        "comment": COMMENT,
    }
    try:
        with soundfile.SoundFile(
            unfinished, "w", samplerate=synth.RATE, channels=2, format="FLAC", subtype="PCM_16"
        ) as file:
            for name, value in tags.items():
                setattr(file, name, value)
            file.write(render(tune, seconds))
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return target


def write_tunes(
    folder: Path, seconds: float = 20.0, say: Callable[[str], None] = lambda line: None
) -> list[Path]:
    """Write all tunes, each about `seconds` long. say: told in a sentence how far it has come.

    Returns the files. Raises OSError when one cannot be written.
    """
    written = []
    for number, tune in enumerate(TUNES, start=1):
        say(f"playing tune {number} of {len(TUNES)}: {tune.title}")
        written.append(write_tune(tune, folder, seconds))
    synth.note.cache_clear()  # 10 MB that whoever plays the tunes has no use for
    return written
