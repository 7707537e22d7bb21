"""What is wanted is not shown as what is so: an output hangs, an MPD stands still, or may only be read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from listening import PATIENCE_S, Listening, RealListening, SimulatedListening
from simulated_mpd import Clock, SimulatedMpd

from appliance.demo.private_mpd import PrivateMpd
from appliance.player.link import Lost
from appliance.player.standstill import FIRST_PAUSE_S, RESTART_S, SWITCH_S, Rescue
from appliance.protocol.actions import StartSong
from appliance.protocol.messages import Pick, PlayerChanged, PlayerEvent, PlayerGone, Song, Transition

SONG = Song("happy/0.flac", "Happy", duration_s=600.0)
RADIO = Song("http://radio.example/stream", "stream", duration_s=600.0)


class Stalled(SimulatedListening):
    """A player whose song has begun; its MPD's output may hang, and is counted when it is restarted."""

    def __init__(self, song: Song = SONG) -> None:
        self.restarted_at: list[float] = []
        self.clock = Clock()
        mpd = SimulatedMpd([song], self.clock)
        super().__init__(mpd, restart=lambda: self.restarted_at.append(self.clock.now))
        self.until_ready()
        self.perform(StartSong(Pick(song, "happy", "because of the test"), Transition.CUT))
        self.until_playing(song)

    def live(self, seconds: float) -> None:
        end = self.clock.now + seconds
        self.until_so(lambda: self.clock.now >= end, within_s=seconds + 10.0)

    def reasons(self) -> list[str]:
        return [event.reason for event in self.heard if isinstance(event, PlayerGone)]


@pytest.fixture
def stalled() -> Iterator[Stalled]:
    box = Stalled()
    yield box
    box.close()


def test_music_that_moves_is_never_called_still(stalled: Stalled) -> None:
    stalled.live(500.0)
    assert stalled.reasons() == []
    assert stalled.box.switched == []


def test_a_position_that_stands_is_told_within_half_a_minute_with_the_remedy(stalled: Stalled) -> None:
    stalled.box.hung_at = stalled.clock.now
    stalled.live(30.0)
    (reason,) = stalled.reasons()
    assert "the sound output hangs (dac, nothing)" in reason
    assert "plug it in again" in reason


def test_what_hangs_is_switched_off_and_on_once_and_what_plays_into_nothing_is_let_be(
    stalled: Stalled,
) -> None:
    stalled.box.hung_at = stalled.clock.now
    stalled.live(300.0)
    assert stalled.box.switched == ["0 off", "0 on"]


def test_nothing_is_switched_before_half_a_minute_has_passed(stalled: Stalled) -> None:
    stalled.box.hung_at = stalled.clock.now
    stalled.live(29.5)
    assert stalled.box.switched == []
    stalled.live(4.0)
    assert stalled.box.switched == ["0 off", "0 on"]


def test_an_output_that_moves_again_is_told_at_once_and_counts_anew(stalled: Stalled) -> None:
    for _ in range(2):
        stalled.box.hung_at = stalled.clock.now
        stalled.live(29.0)
        stalled.box.let_go()
        back = stalled.until(lambda event: isinstance(event, PlayerChanged) and event.fresh, within_s=10.0)
        assert back.song == SONG
        stalled.live(30.0)
    assert len(stalled.reasons()) == 2
    assert stalled.restarted_at == []


def test_mpd_is_restarted_as_the_last_resort_ever_more_rarely(stalled: Stalled) -> None:
    hung_at = stalled.box.hung_at = stalled.clock.now
    stalled.live(600.0)
    first, second, third = (at - hung_at for at in stalled.restarted_at[:3])
    assert SWITCH_S + RESTART_S <= first <= SWITCH_S + RESTART_S + 15.0
    assert second - first >= FIRST_PAUSE_S
    assert third - second >= 2 * FIRST_PAUSE_S
    assert len(stalled.reasons()) == 1


def test_a_pause_stands_still_by_right(stalled: Stalled) -> None:
    stalled.guest.pause(1)
    stalled.live(300.0)
    assert stalled.reasons() == []


def test_a_web_radio_that_is_silent_has_failed_and_no_output_is_blamed() -> None:
    box = Stalled(RADIO)
    box.box.hung_at = box.clock.now
    failed = box.until(
        lambda event: isinstance(event, PlayerChanged) and event.failed is not None, within_s=40.0
    )
    assert (failed.failed, failed.own_fault) == (RADIO, False)
    assert box.reasons() == []
    box.close()


def test_an_mpd_that_does_not_answer_is_restarted_after_a_while(stalled: Stalled) -> None:
    for _ in range(4):
        stalled.box.links[0].report(Lost("MPD does not answer", hangs=True))
        stalled.live(RESTART_S / 3)
        stalled.box.hung_at = None
    assert len(stalled.restarted_at) == 1


def test_an_mpd_that_is_not_there_is_no_mpd_that_hangs(stalled: Stalled) -> None:
    for _ in range(9):
        stalled.box.links[0].report(Lost("no MPD"))
        stalled.live(RESTART_S)
    assert stalled.restarted_at == []


def test_somebody_elses_mpd_is_never_restarted() -> None:
    rescue = Rescue(None)
    for now in range(0, 1000, 10):
        rescue.note_silence(float(now))


# --- an MPD that may only be read --------------------------------------------------------------------------


def gone(event: PlayerEvent) -> bool:
    return isinstance(event, PlayerGone)


@pytest.mark.parametrize("allowed", ["read", "read,add", "read,player"])
def test_an_mpd_that_may_be_read_but_not_controlled_is_told_with_the_remedy(
    music_folder: Path, tmp_path: Path, allowed: str
) -> None:
    with PrivateMpd(tmp_path / "mpd", music_folder) as server:  # lists its songs while it may
        pass
    server = PrivateMpd(tmp_path / "mpd", music_folder, settings=f'local_permissions "{allowed}"')
    server.start()
    box = Listening(server.address)
    try:
        reason = box.until(gone).reason
        assert "may be read, but not controlled: no permission for" in reason
        assert "mpd.password_file" in reason
    finally:
        box.close()
        server.stop()


def test_a_partition_that_has_lost_its_output_is_told(music_folder: Path, tmp_path: Path) -> None:
    with PrivateMpd(tmp_path / "mpd", music_folder) as server:
        box = RealListening(server)
        box.until_ready()
        box.guest.newpartition("kitchen")
        box.guest.partition("kitchen")
        box.guest.moveoutput(
            box.guest.outputs()[0]["outputname"] if box.guest.outputs() else server_output(server)
        )
        box.perform(StartSong(box.pick("happy"), Transition.CUT))
        assert "no sound output is on" in box.until(gone, PATIENCE_S).reason
        box.close()


def server_output(server: PrivateMpd) -> str:
    client = server.client()
    name: str = client.outputs()[0]["outputname"]
    client.disconnect()
    return name
