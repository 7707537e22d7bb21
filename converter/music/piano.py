"""Quadrants of piano music: EMOPIA's clips (Hung et al. 2021), played by fluidsynth, to judge the features.

Nothing of it is shipped: its licence (CC BY-NC-SA 4.0) allows measuring only.
"""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from appliance.ear.hearing import Heard
from converter.errors import BadInput
from converter.music import clips, fit
from converter.music.make import FOLDS, PARTITIONS
from converter.music.protocol import folds

NOISE = 0.3
"""Of the kernel ridge, against a kernel of 1; from 0.2 to 0.5 it makes no difference."""


def measure(archive: Path, soundfont: Path, say: clips.Say) -> dict[str, float]:
    """Share of the quadrants that are right, by 5 folds with songs never split. Raises BadInput."""
    if not soundfont.is_file():
        raise BadInput(f"{soundfont}: no such file; apt-get install fluidsynth timgm6mb-soundfont")
    try:
        with zipfile.ZipFile(archive) as opened, tempfile.TemporaryDirectory() as folder:
            found = list(_heard(opened, soundfont, Path(folder), say))
    except (OSError, zipfile.BadZipFile) as error:
        raise BadInput(f"{archive}: {error}; --data names emopia.zip") from error
    names = [name for name, _ in found]
    quadrants = np.array([int(name[1]) - 1 for name in names])
    songs = [name[3 : name.rindex("_")] for name in names]
    heard = fit.columns([heard for _, heard in found])
    shares = [_share(heard, quadrants, songs, seed) for seed in PARTITIONS]
    most = np.bincount(quadrants).max() / len(quadrants)
    return {"quadrants": float(np.mean(shares)), "majority": float(most), "clips": float(len(names))}


def _heard(
    opened: zipfile.ZipFile, soundfont: Path, folder: Path, say: clips.Say
) -> Iterator[tuple[str, Heard]]:
    names = sorted(name for name in opened.namelist() if name.endswith(".mid"))
    for number, name in enumerate(names, 1):
        score = Path(opened.extract(name, folder))
        yield score.stem, played_and_heard(score, soundfont)
        if number % 20 == 0 or number == len(names):
            say(f"{number} of {len(names)} played and heard")


def played_and_heard(score: Path, soundfont: Path) -> Heard:
    """Return how a score sounds to our own ear; kept by its content and the soundfont's name."""
    content = hashlib.sha256(score.read_bytes() + soundfont.name.encode()).hexdigest()
    return clips.kept(content, None, lambda: played(score, soundfont))


def played(score: Path, soundfont: Path) -> Path:
    """The score as a WAV file beside it. Raises BadInput."""
    wav = score.with_suffix(".wav")
    command = ["fluidsynth", "-ni", "-q", "-r", "16000", "-g", "0.5", "-T", "wav", "-F", str(wav)]
    try:
        subprocess.run([*command, str(soundfont), str(score)], check=True, capture_output=True, timeout=120)
    except (OSError, subprocess.SubprocessError) as error:
        raise BadInput(f"{score.name}: fluidsynth could not play it ({error})") from error
    return wav


def _share(heard: fit.Columns, quadrants: np.ndarray, songs: list[str], seed: int) -> float:
    """One kernel ridge for each quadrant; the highest answer wins."""
    parts, said = folds(songs, FOLDS, seed), np.zeros(len(quadrants), int)
    wanted = np.eye(4)[quadrants] - 0.25
    for part in range(FOLDS):
        learnt, left = np.flatnonzero(parts != part), np.flatnonzero(parts == part)
        # All features alike: a weight for each group of them, as the head has, is no better here.
        group = fit.group(tuple(heard), fit.some(heard, learnt))
        among, to = (group.alike(fit.some(heard, which)) for which in (learnt, left))
        answers = to @ np.linalg.solve(among + NOISE * np.eye(len(learnt)), wanted[learnt])
        said[left] = answers.argmax(axis=1)
    return float((said == quadrants).mean())
