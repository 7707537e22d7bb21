"""What our own ear costs beside librosa's features of the same songs, as a share of their length.

.venv/bin/python tests/bench/beside_librosa.py SONG...      at the root; needs ffmpeg, and the network once

librosa (numba, a hundred megabytes) goes into a virtual environment in the cache, not into the box's. It is
asked for what comes nearest to what ours hears: tempo, chroma, contrast, MFCC, onsets and loudness of the
whole song, decoded by the same ffmpeg to the same mono 16 kHz; ours hears three windows of 30 s.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

from appliance.machine.machine import cache_folder

PEER = "librosa==0.11.0"
THEIRS = """
import subprocess, sys, time
import librosa, numpy as np
def hear(path):
    command = ["ffmpeg", "-v", "error", "-i", path, "-ac", "1", "-ar", "16000", "-f", "f32le", "-"]
    y = np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, np.float32)
    librosa.beat.beat_track(y=y, sr=16000)
    librosa.feature.chroma_cqt(y=y, sr=16000)
    librosa.feature.spectral_contrast(y=y, sr=16000, fmin=100.0)
    librosa.feature.mfcc(y=y, sr=16000)
    librosa.onset.onset_strength(y=y, sr=16000)
    librosa.feature.rms(y=y)
    return len(y) / 16000
"""
OURS = """
import sys
from pathlib import Path
from appliance.ear.hearing import hear as listen
from appliance.ear.musicnn import FILE, SecondEar
second = SecondEar(FILE) if sys.argv[1] == "both" else None
hear = lambda path: listen(Path(path), second).length_s
"""
TIMED = """
import os
hear(sys.argv[2])  # what is compiled, or loaded, at first is not counted
before = os.times()
length = sum(map(hear, sys.argv[2:]))
after = os.times()
print(sum(after[:4]) - sum(before[:4]), length)
"""


def main() -> None:
    songs = sys.argv[1:]
    if not songs:
        sys.exit(__doc__)
    peer = cache_folder() / "peers" / "librosa"
    if not (peer / "bin" / "python").exists():
        venv.create(peer, with_pip=True)
        subprocess.run([peer / "bin" / "python", "-m", "pip", "install", "--quiet", PEER], check=True)
    ours = share(sys.executable, OURS, "ours", songs)
    for name, found in (
        ("our own ear", ours),
        ("both ears", share(sys.executable, OURS, "both", songs)),
        ("librosa", share(str(peer / "bin" / "python"), THEIRS, "", songs)),
    ):
        print(
            f"{name}: {100 * found:.2f} % of the songs' length, {found / ours:.1f} times our own", flush=True
        )


def share(python: str, code: str, ears: str, songs: list[str]) -> float:
    """Processor time of decoding and hearing, as a share of the songs' length; one thread each."""
    one = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
    root = str(Path(__file__).resolve().parents[2])
    found = subprocess.run(
        [python, "-c", code + TIMED, ears, *songs],
        env=os.environ | one | {"PYTHONPATH": root},
        capture_output=True,
        text=True,
        check=True,
    )
    spent_s, length_s = map(float, found.stdout.split())
    return spent_s / length_s


if __name__ == "__main__":
    main()
