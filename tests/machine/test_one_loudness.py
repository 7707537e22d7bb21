"""Songs of different loudness, with and without tags, through the box's own MPD into a pipe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
from piping import PIPE, Ear, levels_db, write_sine
from processes import connected, started

from appliance.machine.mpd_config import NOTHING, configuration, read_settings
from appliance.machine.settings_file import DEFAULTS

TONES: Mapping[str, tuple[int, float, str | None]] = {
    "loud.flac": (500, -3.0, "-9.00 dB"),
    "soft.flac": (1000, -15.0, "3.00 dB"),
    "untagged.flac": (2000, -3.0, None),
}
"""Name -> hertz, decibels below full scale, and the track's gain as its tag has it."""


@pytest.fixture
def own_mpd(tmp_path: Path) -> Iterator[Path]:
    """A real MPD with our configuration and the tones; what it plays comes out of `tmp_path/pipe`."""
    (tmp_path / "music").mkdir()
    (tmp_path / "mpd" / "playlists").mkdir(parents=True)
    for name, (hertz, level_db, gain) in TONES.items():
        # The album's gain would leave each as it is.
        tags = {"REPLAYGAIN_TRACK_GAIN": gain, "REPLAYGAIN_ALBUM_GAIN": "0.00 dB"} if gain else {}
        write_sine(tmp_path / "music" / name, hertz, level_db, tags=tags)
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
    ear = Ear(folder / "pipe")
    for name in TONES:
        client.add(name)
    client.play()
    while client.status()["state"] == "play":
        client.idle("player")
    client.kill()
    return ear.heard()


def test_a_soft_song_and_a_loud_one_are_heard_equally_loud_with_tags_and_nearly_so_without(
    own_mpd: Path,
) -> None:
    sound = played(own_mpd)
    loud, soft, untagged = (levels_db(sound, hertz).max() for hertz, _, _ in TONES.values())
    assert loud == pytest.approx(-12.0, abs=0.2)
    assert soft == pytest.approx(loud, abs=0.2)
    assert untagged == pytest.approx(-9.0, abs=0.2)  # 6 dB softer than it is; the loud one's tag says 9
