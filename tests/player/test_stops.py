"""Who stopped the music, whose fault a silence is, and how long each takes to be believed."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from simulated_mpd import SimulatedClient, SimulatedMpd, refusal

from appliance.player.fade import Volume
from appliance.player.faults import is_at, is_own_fault, is_stream, named_in, soon_s
from appliance.player.mixer import volume_in, write_volume
from appliance.player.modes import Modes
from appliance.player.standstill import Rescue, Standstill, blame, switch_off_and_on
from appliance.player.stops import Stops
from appliance.protocol.messages import Song

A, B, RADIO = Song("a", duration_s=100.0), Song("b", duration_s=100.0), Song("http://radio", duration_s=0.0)
STOPPED = {"state": "stop", "consume": "0"}
HELD = {"state": "stop", "song": "0"}
"""Stopped at a song, as between two of them, or by a hand."""


@pytest.fixture
def mpd() -> SimulatedMpd:
    return SimulatedMpd([A, B, RADIO])


def played(song: Song, state: str = "play", elapsed: str = "40.0", song_id: int = 1) -> Stops:
    """What is known of a song that was looked at ten seconds after a start of the clock."""
    stops = Stops()
    stops.saw({"state": state, "songid": str(song_id), "elapsed": elapsed}, song, 10.0)
    return stops


# --- why it stopped ----------------------------------------------------------------------------------------


def test_music_has_ended_where_its_last_song_still_lies_in_the_queue(mpd: SimulatedMpd) -> None:
    mpd.add(A, 0)
    assert played(A).has_ended(mpd.client(), STOPPED, 10.0)
    assert not played(A).has_ended(mpd.client(), STOPPED | {"state": "pause"}, 10.0)
    assert not played(A).has_ended(mpd.client(), HELD, 10.0)
    assert not Stops().has_ended(mpd.client(), STOPPED, 10.0)


@pytest.mark.parametrize(("now", "has_ended"), [(11.0, False), (68.9, False), (69.0, True), (70.0, True)])
def test_a_song_that_is_gone_has_ended_from_a_second_before_its_end_on(
    mpd: SimulatedMpd, now: float, has_ended: bool
) -> None:
    """Forty of its hundred seconds had been heard at ten: it ends at seventy."""
    assert played(A).has_ended(mpd.client(), STOPPED, now) is has_ended


def test_a_song_that_stood_still_has_not_ended_however_long_ago(mpd: SimulatedMpd) -> None:
    assert not played(A, state="pause").has_ended(mpd.client(), STOPPED, 1e9)


def test_of_a_radio_that_was_consumed_nobody_knows_better_than_that_it_ended(mpd: SimulatedMpd) -> None:
    consuming = STOPPED | {"consume": "1"}
    assert played(RADIO).has_ended(mpd.client(), consuming, 10.0)
    assert not played(RADIO).has_ended(mpd.client(), STOPPED, 1e9)
    assert not played(A).has_ended(mpd.client(), consuming, 11.0)


@pytest.mark.parametrize(("before", "has_ended"), [(True, True), (False, False)])
def test_a_song_that_is_gone_was_consumed_where_what_came_before_it_is_there_still(
    mpd: SimulatedMpd, before: bool, has_ended: bool
) -> None:
    """A guest who clears the queue and fills it anew gives what he puts there higher ids."""
    ids = [mpd.add(A, 0), mpd.add(B, 1)]
    mpd.remove(1 if before else 0)
    stops = played(A, song_id=ids[1] if before else ids[0])
    assert stops.has_ended(mpd.client(), STOPPED | {"consume": "1"}, 11.0) is has_ended
    assert not stops.has_ended(mpd.client(), STOPPED, 11.0)


def test_a_song_of_ours_that_never_was_seen_to_play_was_consumed_and_not_cleared(mpd: SimulatedMpd) -> None:
    stops = Stops()
    stops.began(7)
    assert stops.has_ended(mpd.client(), STOPPED | {"consume": "1"}, 11.0)
    assert not stops.has_ended(mpd.client(), STOPPED, 1e9)


def test_a_stop_at_a_song_is_believed_after_a_quarter_of_a_second() -> None:
    stops = Stops()
    assert [stops.is_unclear(HELD, now) for now in (5.0, 5.2, 5.25)] == [True, True, False]
    assert not stops.is_unclear({"state": "play", "song": "0"}, 6.0)
    assert stops.is_unclear(HELD, 7.0)  # another one, and as unclear


def test_a_stop_that_we_have_asked_for_or_that_has_an_error_is_believed_at_once() -> None:
    stops = Stops()
    stops.expect()
    assert not stops.is_unclear(HELD, 5.0)
    assert not Stops().is_unclear(HELD | {"error": "no"}, 5.0)
    assert not Stops().is_unclear(STOPPED, 5.0)


# --- whose fault it is -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("duration_s", "soon"), [(0.0, 2.0), (0.5, 1.0), (2.0, 1.0), (3.0, 1.5), (4.0, 2.0), (300.0, 2.0)]
)
def test_a_song_over_before_its_middle_or_two_seconds_holds_no_music(duration_s: float, soon: float) -> None:
    assert soon_s(Song("a", duration_s=duration_s)) == soon


@pytest.mark.parametrize(
    ("error", "is_fault"),
    [
        ("Failed to decode sad/a.flac", True), ('Failed to decode "sad/a.flac"', True),
        ('Failed to decode "sad/a.flac": No such file', False), ('Failed to open "sad/a.flac"', False),
    ],
)  # fmt: skip
def test_a_song_is_at_fault_only_where_a_decoder_refused_it_without_another_reason(
    error: str, is_fault: bool
) -> None:
    assert is_own_fault(error, Song("sad/a.flac")) is is_fault


def test_a_radio_is_never_at_fault() -> None:
    assert is_stream(RADIO)
    assert not is_stream(A)
    assert not is_own_fault(f"Failed to decode {RADIO.uri}", RADIO)


def test_an_error_names_the_longest_of_songs_whose_names_are_parts_of_each_other() -> None:
    short, whole = Song("sad/a"), Song("sad/a.flac")
    assert named_in("Failed to decode sad/a.flac", [short, whole]) is whole
    assert named_in("Failed to decode sad/a.flac", [whole, short]) is whole
    assert named_in("Failed to open ALSA device", [short, whole]) is None


def test_an_entry_is_there_while_its_place_has_its_id(mpd: SimulatedMpd) -> None:
    first, second = mpd.add(A, 0), mpd.add(B, 1)
    client = mpd.client()
    assert is_at(client, 0, first)
    assert is_at(client, 1, second)
    assert not is_at(client, 0, second)
    assert not is_at(client, 1, first)
    assert not is_at(client, 2, second)
    assert not is_at(client, -1, second)


def test_an_entry_of_a_queue_that_has_become_shorter_is_gone() -> None:
    class Short:
        """MPD's answer where there is no such position."""

        def playlistinfo(self, part: tuple[int, int]) -> list[dict[str, str]]:
            raise refusal(2, "playlistinfo", "Bad song index")

    assert not is_at(Short(), 7, 1)


# --- what stands still -------------------------------------------------------------------------------------


def test_how_long_a_position_has_stood_is_counted_from_when_it_was_first_seen() -> None:
    still = Standstill()
    playing = {"state": "play", "songid": "1", "elapsed": "4.0"}
    assert [still.lasts_s(playing, now) for now in (100.0, 103.0, 115.0)] == [0.0, 3.0, 15.0]
    assert still.lasts_s(playing | {"elapsed": "4.1"}, 116.0) == 0.0
    assert still.lasts_s(playing | {"elapsed": "4.1"}, 118.0) == 2.0
    assert still.lasts_s(playing | {"state": "pause"}, 120.0) == 0.0
    assert still.lasts_s(playing | {"state": "pause"}, 190.0) == 0.0


def restarts(rescue: Rescue, at: list[float], until: float) -> list[float]:
    """Call for help each second."""
    for now in range(int(until)):
        before = len(at)
        rescue.call(float(now))
        at[before:] = [float(now)] * (len(at) - before)
    return at


def test_mpd_is_restarted_after_one_two_four_minutes_and_at_last_each_hour() -> None:
    at: list[float] = []
    restarts(Rescue(lambda: at.append(0.0)), at, 6.5 * 3600)
    pauses = [later - sooner for sooner, later in pairwise(at)]
    assert at[0] == 0.0
    assert pauses == [60.0, 120.0, 240.0, 480.0, 960.0, 1920.0, 3600.0, 3600.0, 3600.0, 3600.0, 3600.0]


def test_once_music_moves_the_pauses_begin_short_again() -> None:
    at: list[float] = []
    rescue = Rescue(lambda: at.append(0.0))
    restarts(rescue, at, 200.0)
    assert at == [0.0, 60.0, 180.0]
    rescue.note_well()
    at.clear()
    rescue.call(180.0 + 240.0)
    rescue.call(180.0 + 240.0 + 59.0)
    rescue.call(180.0 + 240.0 + 60.0)
    assert len(at) == 2


def test_a_silence_of_half_a_minute_takes_a_restart_and_an_answer_ends_it() -> None:
    at: list[int] = []
    rescue = Rescue(lambda: at.append(1))
    for now in (2.0, 10.0):  # the machine has just started
        rescue.note_silence(now)
    rescue.note_answer()
    for now in (12.0, 41.0):
        rescue.note_silence(now)
    assert at == []
    rescue.note_silence(42.0)
    assert at == [1]
    rescue.note_well()
    rescue.note_silence(1000.0)
    assert at == [1]


def test_somebody_elses_mpd_has_more_time_before_an_output_is_switched() -> None:
    assert Rescue(lambda: None).switch_s == 30.0
    assert Rescue(None).switch_s == 120.0


class Outputs:
    """A client of an MPD with these outputs."""

    def __init__(self, *outputs: tuple[str, str, str]) -> None:
        self.said: list[str] = []
        self._outputs = outputs

    def outputs(self) -> list[dict[str, str]]:
        return [
            {"outputid": name, "outputname": name, "plugin": plugin, "outputenabled": on}
            for name, plugin, on in self._outputs
        ]

    def disableoutput(self, name: str) -> None:
        self.said.append(f"{name} off")

    def enableoutput(self, name: str) -> None:
        self.said.append(f"{name} on")

    def play(self) -> None:
        self.said.append("play")


def test_only_outputs_that_are_on_and_sound_are_switched_off_and_on() -> None:
    client = Outputs(("dac", "alsa", "1"), ("hdmi", "alsa", "0"), ("pipe", "null", "1"))
    switch_off_and_on(client)
    assert client.said == ["dac off", "dac on", "play"]


def test_the_output_that_hangs_is_named_or_that_none_is_on() -> None:
    assert "hangs (dac)" in blame(Outputs(("dac", "alsa", "1"), ("hdmi", "alsa", "0")))
    assert "plays into nothing" in blame(Outputs(("hdmi", "alsa", "0")))


# --- modes and volume --------------------------------------------------------------------------------------


def test_modes_that_a_guest_has_on_are_set_aside_and_put_back_unless_he_has_set_them_meanwhile() -> None:
    mpd = SimulatedMpd([])
    client = SimulatedClient(mpd)
    mpd.modes |= {"repeat": "1", "single": "oneshot", "consume": "1"}
    modes = Modes({"random": "1", "repeat": "0", "volume": "1"})
    assert modes.aside == {"random": "1"}  # the others are none, or off
    assert modes.names(client.status()) == ("repeat", "random", "single", "consume")
    modes.set_aside(client, client.status())
    assert set(mpd.modes.values()) == {"0"}
    assert modes.names(client.status()) == ("repeat", "random", "single", "consume")
    mpd.modes["single"] = "1"  # his own newest word
    modes.put_back(client)
    assert mpd.modes == {"repeat": "1", "random": "1", "single": "1", "consume": "1"}
    assert modes.aside == {}


@pytest.mark.parametrize(
    ("status", "volume"), [({"volume": "40"}, 40), ({"volume": "0"}, 0), ({"volume": "-1"}, None), ({}, None)]
)
def test_an_output_without_a_mixer_has_no_volume(status: dict[str, Any], volume: int | None) -> None:
    assert volume_in(status) == volume


def test_a_mixer_that_goes_away_while_the_volume_is_written_is_found_gone_at_the_next_look() -> None:
    mpd, volume = SimulatedMpd([]), Volume(50, 100)
    volume.see(100)
    mpd.volume = None
    write_volume(mpd.client(), volume)
    assert volume.due() == 50  # it is still to be written
    volume.see(volume_in(mpd.client().status()))
    assert volume.due() is None
