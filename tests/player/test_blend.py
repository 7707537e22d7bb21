"""Songs that follow each other sound together, and MPD is left as it was: a real one, through a pipe."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from listening import RealListening
from mpd import CommandError
from piping import PIPE, Ear, levels_db, write_sine

from appliance.demo.private_mpd import PrivateMpd
from appliance.player.blend import Blend
from appliance.protocol.actions import QueueSong, StartSong
from appliance.protocol.messages import PlayerChanged, Transition

LENGTH_S, BLEND_S = 24.0, 3.0
"""MPD blends no song of less than twenty seconds."""
HEARD_DB = -45.0
"""Below its loudest: a blend begins and ends softly."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PrivateMpd]:
    for number, hertz in enumerate((500, 1000)):
        (tmp_path / "music" / "sad").mkdir(parents=True, exist_ok=True)
        write_sine(tmp_path / "music" / "sad" / f"{number}.flac", hertz, length_s=LENGTH_S)
    outputs = PIPE.format(pipe=tmp_path / "pipe")
    with PrivateMpd(tmp_path / "mpd", tmp_path / "music", outputs=outputs) as server:
        yield server


@pytest.mark.slow
@pytest.mark.parametrize(("blend_s", "together_s"), [(BLEND_S, BLEND_S), (0.0, 0.0)])
def test_a_song_sounds_together_with_the_next_one(
    server: PrivateMpd, tmp_path: Path, blend_s: float, together_s: float
) -> None:
    box = RealListening(server, blend_s=blend_s)
    box.until_ready()
    ear = Ear(tmp_path / "pipe")
    first, second = box.pick("sad", 0), box.pick("sad", 1)
    box.perform(StartSong(first, Transition.CUT, start_s=LENGTH_S - BLEND_S - 2.0), QueueSong(second))
    box.until_playing(second.song)
    box.until_so(lambda: float(box.guest.status()["elapsed"]) > BLEND_S + 1.0)
    box.close()
    server.kill()
    one, other = (levels_db(sound, hertz) for sound in [ear.heard()] for hertz in (500, 1000))
    both = (one > one.max() + HEARD_DB) & (other > other.max() + HEARD_DB)
    assert both.sum() / 10 == pytest.approx(together_s, abs=0.7)


def test_mpds_own_crossfade_is_as_it_was_once_the_box_has_ended(server: PrivateMpd) -> None:
    server.client().crossfade(7)
    box = RealListening(server, blend_s=BLEND_S)
    box.until_ready()
    assert server.client().status()["xfade"] == "3"
    server.restart()  # it comes back with ours, which is not what it was before
    box.until(lambda event: isinstance(event, PlayerChanged) and event.fresh)
    box.close()
    assert server.client().status()["xfade"] == "7"


@pytest.mark.parametrize("blend_s", [0.0, 5.0])
def test_nor_is_it_lost_with_a_box_that_is_killed(server: PrivateMpd, blend_s: float) -> None:
    """Nor where songs are to blend no more, or longer, when the box begins again."""
    server.client().crossfade(7)
    killed = RealListening(server, blend_s=BLEND_S)
    killed.until_ready()
    known = killed.player.memory
    killed.player._blend.crossfade = None  # it puts nothing back any more
    killed.close()
    box = RealListening(server, known=known, blend_s=blend_s)
    box.until_ready()
    assert server.client().status().get("xfade", "0") == ("5" if blend_s else "7")
    box.close()
    assert server.client().status()["xfade"] == "7"


def test_what_somebody_makes_of_it_meanwhile_stays(server: PrivateMpd) -> None:
    box = RealListening(server, blend_s=BLEND_S)
    box.until_ready()
    server.client().crossfade(9)
    box.close()
    assert server.client().status()["xfade"] == "9"


class Asked:
    """As much of MPD's client as is asked; without a crossfade MPD's status says nothing of one."""

    def __init__(self, knows_crossfade: bool = True) -> None:
        self.seconds, self._knows_crossfade = 0, knows_crossfade

    def status(self) -> dict[str, str]:
        return {"xfade": str(self.seconds)} if self.seconds else {}

    def crossfade(self, seconds: int) -> None:
        if not self._knows_crossfade:
            raise CommandError("unknown command")
        self.seconds = seconds


@pytest.mark.parametrize(("wanted_s", "set_s"), [(0.3, 1), (1.0, 1), (1.4, 1), (1.6, 2), (5.0, 5)])
def test_it_is_set_in_whole_seconds_and_at_least_one(wanted_s: float, set_s: int) -> None:
    mpd, blend = Asked(), Blend(wanted_s)
    blend.begin(mpd)
    assert mpd.seconds == set_s
    blend.end(mpd)
    assert mpd.seconds == 0


def test_an_mpd_that_knows_no_crossfade_is_left_alone() -> None:
    mpd, blend = Asked(knows_crossfade=False), Blend(5.0)
    blend.begin(mpd)
    assert blend.crossfade is None
