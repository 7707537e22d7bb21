"""An announcement as a loudspeaker would have it: what a real MPD writes into a FIFO.

The song is noise, of which each moment is unlike every other: so what is heard tells its place in the song.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
from conftest import write_tone
from listening import RealListening

from appliance.demo.private_mpd import PrivateMpd
from appliance.protocol.actions import PauseMusic, Speak, StartSong
from appliance.protocol.messages import AnnouncementEnded, PlayerChanged, Transition

RATE = 8000
WINDOW = RATE // 20
NOISE = np.random.default_rng(7).integers(-9000, 9000, 30 * RATE).astype(np.int16)

FIFO = """\
audio_output {{
  type "fifo"
  name "heard"
  path "{path}"
  format "8000:16:1"
  mixer_type "software"
}}
"""


class Ear:
    """Hears all that MPD plays, as long as it plays."""

    def __init__(self, path: Path) -> None:
        self._end = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        os.set_blocking(self._end, True)
        self._heard = bytearray()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while part := os.read(self._end, 4096):
            self._heard += part
        os.close(self._end)

    @property
    def seconds(self) -> float:
        return len(self._heard) / 2 / RATE

    def places(self) -> list[int | None]:
        """For each twentieth of a second, which sample of the song is heard in it; None for anything else."""
        heard = np.frombuffer(bytes(self._heard[: len(self._heard) // 2 * 2]), np.int16)
        return [place(heard[at : at + WINDOW]) for at in range(0, len(heard) - WINDOW, WINDOW)]


def place(window: np.ndarray) -> int | None:
    """Where in the noise this is, by the peak of their correlation."""
    loudness = float(np.linalg.norm(window.astype(float)))
    if loudness < 200:
        return None
    size = 1 << (len(NOISE) + WINDOW).bit_length()
    likeness = np.fft.irfft(np.fft.rfft(NOISE, size) * np.conj(np.fft.rfft(window, size)), size)
    best = int(np.argmax(likeness[: len(NOISE) - WINDOW]))
    here = float(np.linalg.norm(NOISE[best : best + WINDOW].astype(float)))
    return best if likeness[best] > 0.9 * loudness * here else None


@pytest.fixture
def box(tmp_path: Path) -> Iterator[RealListening]:
    soundfile.write(_folder(tmp_path / "music" / "happy") / "noise.flac", NOISE, RATE)
    # MPD writes a quarter of a second at once, and takes back what nobody has read when it turns to the song.
    write_tone(tmp_path / "music" / "bell.flac", seconds=1.5)
    output = FIFO.format(path=tmp_path / "heard")
    with PrivateMpd(tmp_path / "mpd", tmp_path / "music", outputs=output) as server:
        box = RealListening(server)
        box.until_ready()
        yield box
        box.close()


def _folder(path: Path) -> Path:
    path.mkdir(parents=True)
    return path


def test_the_song_goes_on_at_the_very_place_and_nothing_of_it_is_heard_between(
    box: RealListening, tmp_path: Path
) -> None:
    ear = Ear(tmp_path / "heard")
    pick = box.pick("happy")
    box.perform(StartSong(pick, Transition.CUT, 5.0))
    box.until_playing(pick.song)
    box.until_so(lambda: ear.seconds > 1.0)
    box.perform(Speak("bell.flac", 60))
    box.until(lambda event: isinstance(event, AnnouncementEnded))
    box.until(lambda event: isinstance(event, PlayerChanged) and not event.announcing)
    until = ear.seconds + 1.0
    box.until_so(lambda: ear.seconds > until)
    places = ear.places()
    bell = [at for at, here in enumerate(places) if here is None]
    first, last = bell[0], bell[-1]
    before = [here for here in places[: first + 1] if here is not None]
    after = [here for here in places[last:] if here is not None]
    assert len(before) > 10
    assert len(after) > 10
    assert all(here is None for here in places[first + 1 : last]), "music in the midst of the announcement"
    gap_s = (after[0] - (before[-1] + WINDOW)) / RATE
    assert -0.3 <= gap_s <= 0.3, f"{gap_s:.2f} s of the song are left out (or heard twice)"
    assert all(b - a == WINDOW for a, b in pairwise(after)), "it does not run evenly"


def test_of_a_song_that_is_paused_nothing_is_heard(box: RealListening, tmp_path: Path) -> None:
    pick = box.pick("happy")
    box.perform(StartSong(pick, Transition.CUT, 5.0))
    box.until_playing(pick.song)
    box.perform(PauseMusic())
    box.until_state("pause")
    ear = Ear(tmp_path / "heard")
    box.perform(Speak("bell.flac", 60))
    box.until(lambda event: isinstance(event, AnnouncementEnded))
    box.until(lambda event: isinstance(event, PlayerChanged) and not event.announcing)
    assert ear.seconds > 0.3
    assert not [here for here in ear.places() if here is not None]
