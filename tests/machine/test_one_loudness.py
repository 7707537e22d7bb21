"""Songs of different loudness, with and without tags, through the box's own MPD into a pipe."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
from processes import connected, started

from appliance.machine.mpd_config import DEFAULTS, NOTHING, configuration, read_settings

PIPE = """\
audio_output {{
  type "fifo"
  name "pipe"
  path "{pipe}"
  format "44100:16:1"
}}
"""
TONES: Mapping[str, tuple[int, float, str | None]] = {
    "loud.flac": (500, -3.0, "-9.00 dB"),
    "soft.flac": (1000, -15.0, "3.00 dB"),
    "untagged.flac": (2000, -3.0, None),
}
"""Name -> hertz, decibels below full scale, and the track's gain as its tag has it."""


def write_tone(path: Path, hertz: int, level_db: float, gain: str | None) -> None:
    """Write a second of a sine with the gain as its tag; the album's gain would leave it as it is."""
    tags = {"REPLAYGAIN_TRACK_GAIN": gain, "REPLAYGAIN_ALBUM_GAIN": "0.00 dB"} if gain else {}
    amplitude = 10 ** (level_db / 20)
    sine = f"aevalsrc={amplitude}*sin(2*PI*{hertz}*t):s=44100:d=1"
    words = [word for name, value in tags.items() for word in ("-metadata", f"{name}={value}")]
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", sine, *words, path], check=True)


@pytest.fixture
def own_mpd(tmp_path: Path) -> Iterator[Path]:
    """A real MPD with our configuration and the tones; what it plays comes out of `tmp_path/pipe`."""
    (tmp_path / "music").mkdir()
    (tmp_path / "mpd" / "playlists").mkdir(parents=True)
    for name, tone in TONES.items():
        write_tone(tmp_path / "music" / name, *tone)
    text = configuration(read_settings(DEFAULTS), [], None).replace(
        NOTHING, PIPE.format(pipe=tmp_path / "pipe")
    )
    text = text.replace("/var/lib/moodbox", str(tmp_path)).replace("/run/mpd", str(tmp_path))
    (tmp_path / "mpd.conf").write_text(text)
    with started(["mpd", "--no-daemon", "--stderr", str(tmp_path / "mpd.conf")]) as child:
        yield tmp_path
        child.terminate()


def played(folder: Path) -> np.ndarray:
    """Play all of the tones, one after the other. Returns what was heard, float (samples,)."""
    client = connected(str(folder / "socket"), 0)
    client.update()
    while "updating_db" in client.status():
        client.idle("update", "database")
    heard: list[bytes] = []
    pipe = os.open(folder / "pipe", os.O_RDONLY | os.O_NONBLOCK)  # MPD holds its other end already
    os.set_blocking(pipe, True)
    reader = threading.Thread(target=lambda: heard.extend(iter(lambda: os.read(pipe, 65536), b"")))
    reader.start()
    for name in TONES:
        client.add(name)
    client.play()
    while client.status()["state"] == "play":
        client.idle("player")
    client.kill()  # which ends the pipe
    reader.join()
    os.close(pipe)
    return np.frombuffer(b"".join(heard), "<i2") / 32768.0


def level_db(sound: np.ndarray, hertz: int) -> float:
    """How loud the tone is where it is loudest, in decibels below full scale."""
    size = 4410  # a tenth of a second: a whole number of each tone's waves
    blocks = sound[: len(sound) // size * size].reshape(-1, size)
    wave = np.exp(2j * np.pi * hertz * np.arange(size) / 44100)
    return float(20 * np.log10(np.abs(blocks @ wave).max() * 2 / size))


def test_a_soft_song_and_a_loud_one_are_heard_equally_loud_with_tags_and_nearly_so_without(
    own_mpd: Path,
) -> None:
    sound = played(own_mpd)
    loud, soft, untagged = (level_db(sound, hertz) for hertz, _, _ in TONES.values())
    assert loud == pytest.approx(-12.0, abs=0.2)
    assert soft == pytest.approx(loud, abs=0.2)
    assert untagged == pytest.approx(-9.0, abs=0.2)  # 6 dB softer than it is; the loud one's tag says 9
