"""The player and a real MPD that dies, hangs, refuses, or is full of odd files.

What the player does with an MPD that is well stands in test_player_contract.py.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias
from unicodedata import normalize

import pytest
from conftest import ODD_NAMES, write_tone
from listening import PATIENCE_S, Listening, RealListening, SimulatedListening
from mpd import CommandError
from simulated_mpd import Clock, SimulatedClient, SimulatedMpd, refusal

from appliance.demo.private_mpd import PrivateMpd
from appliance.player import Source
from appliance.player.link import MpdLink, rest_s
from appliance.player.telling import PAGE
from appliance.player.whose import RESTORED
from appliance.protocol.actions import ChangeVolume, LimitVolume, PauseMusic, QueueSong, StartSong
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.messages import (
    LibraryChanged,
    Pick,
    PlayerChanged,
    PlayerEvent,
    PlayerGone,
    Song,
    Transition,
)

CUT, FADE = Transition.CUT, Transition.FADE
IMPATIENT = partial(MpdLink, timeout_s=0.5)

Open: TypeAlias = Callable[..., Any]


@pytest.fixture
def opening() -> Iterator[Open]:
    """Opens a `Listening` (or a kind of it) that is closed at the end."""
    opened: list[Listening] = []

    def open_one(kind: Callable[..., Listening], *arguments: Any, **settings: Any) -> Listening:
        opened.append(kind(*arguments, **settings))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


@pytest.fixture
def box(mpd_server: PrivateMpd, opening: Open) -> RealListening:
    """A player on a real MPD that may be killed."""
    listening: RealListening = opening(RealListening, mpd_server)
    listening.until_ready()
    return listening


def gone(event: PlayerEvent) -> bool:
    return isinstance(event, PlayerGone)


def fresh(event: PlayerEvent) -> bool:
    return isinstance(event, PlayerChanged) and event.fresh


def play(box: Listening, mood: str = "happy") -> PlayerChanged:
    box.perform(StartSong(box.pick(mood), CUT))
    return box.until_playing(box.pick(mood).song)


def test_a_guests_stream_is_seen_to_begin_long_before_sound_comes_from_it(
    box: RealListening, mpd_server: PrivateMpd
) -> None:
    """A text yet to be spoken: seen late, his `clear` was a stop, and silence came after the text."""
    play(box)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        box.guest.clear()
        box.until_state("stop")
        box.guest.addid(f"http://127.0.0.1:{silent.getsockname()[1]}/text.mp3")
        box.until_state("stop")  # with a queue of another version
        box.guest.play()
        began = box.now()
        assert box.until_state("play").pick is None
        assert box.now() - began < 5.0
        box.guest.stop()


# --- MPD dies, hangs, comes late -------------------------------------------------------------------------


def test_music_can_go_on_after_mpd_is_killed_and_started_again(
    box: RealListening, mpd_server: PrivateMpd
) -> None:
    play(box)
    box.perform(ChangeVolume(37))
    mpd_server.kill()
    assert mpd_server.address in box.until(gone).reason
    mpd_server.start()
    heard = box.until(fresh)
    assert heard.volume == 37
    client = mpd_server.client()
    assert client.status()["volume"] == "37"
    client.disconnect()
    box.perform(StartSong(box.pick("sad"), CUT, start_s=5.0))
    assert box.until_playing(box.pick("sad").song).pick == box.pick("sad")


def test_that_mpd_is_gone_is_told_once(box: RealListening, mpd_server: PrivateMpd) -> None:
    mpd_server.kill()
    box.until(gone)
    box.perform(
        PauseMusic(), ChangeVolume(30), StartSong(box.pick("happy"), FADE), QueueSong(box.pick("sad"))
    )
    mpd_server.start()
    assert box.until(fresh).volume == 30
    assert len([event for event in box.heard if gone(event)]) == 1


def test_mpd_in_good_order_remembers_its_queue_and_we_what_it_was_for(
    box: RealListening, mpd_server: PrivateMpd
) -> None:
    play(box)
    mpd_server.restart()
    heard = box.until(fresh)
    assert heard.pick == box.pick("happy")
    assert heard.volume == 50


def test_a_queue_that_mpd_has_restored_has_a_version_of_its_own(mpd_server: PrivateMpd) -> None:
    """By which what was added since is known (`whose.RESTORED`)."""
    before = mpd_server.client()
    for number in range(2):
        before.add(f"happy/{number}.flac")
    mpd_server.restart()
    client = mpd_server.client()
    assert client.status()["playlist"] == str(RESTORED)
    assert client.plchangesposid(RESTORED) == []
    new = client.addid("sad/0.flac", 1)
    assert [entry["id"] for entry in client.plchangesposid(RESTORED)] == [new, "2"]  # it has moved
    before.disconnect()
    client.disconnect()


def test_killed_in_the_middle_of_a_fade_mpd_has_the_full_volume_again(
    box: RealListening, mpd_server: PrivateMpd
) -> None:
    play(box)
    box.wire.clear()
    box.perform(StartSong(box.pick("sad"), FADE))
    box.until_so(lambda: bool(box.volumes()))
    mpd_server.restart()
    assert box.until(fresh).volume == 50
    client = mpd_server.client()
    assert client.status()["volume"] == "50"
    client.disconnect()


def test_mpd_that_hangs_is_gone_until_it_goes_on(mpd_server: PrivateMpd, opening: Open) -> None:
    box = opening(RealListening, mpd_server, link=IMPATIENT)
    box.until_ready()
    play(box)
    os.kill(mpd_server.pid, signal.SIGSTOP)
    try:
        box.perform(PauseMusic())
        assert "does not answer" in box.until(gone).reason
    finally:
        os.kill(mpd_server.pid, signal.SIGCONT)
    heard = box.until(fresh)
    assert (heard.volume, heard.pick) == (50, box.pick("happy"))
    box.perform(PauseMusic())
    box.until_state("pause")


def test_mpd_that_comes_late_is_found(mpd_server: PrivateMpd, opening: Open) -> None:
    mpd_server.kill()
    box = opening(Listening, mpd_server.address)
    assert "no MPD" in box.until(gone).reason
    mpd_server.start()
    box.until_ready()
    assert len(box.library.everything) == 14


@pytest.mark.parametrize(
    ("says", "reason"),
    [(b"220 smtp ready\r\n", "is not MPD"), (b"\xff\xfe\x00\n", "is not MPD"), (b"", "hung up")],
)
def test_something_else_in_mpds_place_is_named(
    tmp_path: Path, opening: Open, says: bytes, reason: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENCE_S)

        def greet() -> None:
            for _ in range(2):  # one for each of the player's threads
                connection, _ = server.accept()
                connection.sendall(says)
                connection.close()

        greeter = threading.Thread(target=greet)
        greeter.start()
        box = opening(Listening, "127.0.0.1", port=server.getsockname()[1])
        assert reason in box.until(gone).reason
        greeter.join()


def test_a_server_that_says_nothing_is_not_waited_for(opening: Open) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        box = opening(Listening, "127.0.0.1", port=server.getsockname()[1], link=IMPATIENT)
        assert "does not answer" in box.until(gone).reason


@pytest.mark.parametrize(
    ("address", "reason"), [("/nowhere/socket", "mpd.address"), ("no.such.host.invalid", "mpd.address")]
)
def test_an_address_where_nothing_is_names_the_setting(opening: Open, address: str, reason: str) -> None:
    assert reason in opening(Listening, address, port=6600).until(gone).reason


# --- the password ----------------------------------------------------------------------------------------


@pytest.fixture
def guarded_mpd(music_folder: Path, tmp_path: Path) -> Iterator[PrivateMpd]:
    settings = 'password "sesame@read,add,control,admin"\ndefault_permissions ""'
    server = PrivateMpd(tmp_path / "mpd", music_folder, settings=settings)
    server.start()
    yield server
    server.stop()


def test_the_right_password_opens(guarded_mpd: PrivateMpd, opening: Open) -> None:
    assert opening(Listening, guarded_mpd.address, password="sesame").until(fresh).volume == 50


@pytest.mark.parametrize(
    ("password", "reason"), [("wrong", "MPD refuses the password"), (None, "it may want a password")]
)
def test_a_wrong_password_is_named_with_its_setting(
    guarded_mpd: PrivateMpd, opening: Open, password: str | None, reason: str
) -> None:
    told = opening(Listening, guarded_mpd.address, password=password).until(gone).reason
    assert reason in told
    assert "mpd.password_file" in told
    assert "wrong" not in told


# --- connections that drop -------------------------------------------------------------------------------


class Cable:
    """A Unix socket that leads to MPD, and can be cut."""

    def __init__(self, path: Path, target: str) -> None:
        self.path, self._target = path, target
        self.ends: list[socket.socket] = []
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(path))
        self._server.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._server.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            far.connect(self._target)
            self.ends += [near, far]
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while part := source.recv(65536):
                sink.sendall(part)
        _shut(source)
        _shut(sink)

    def cut(self) -> None:
        """End every connection that there is; new ones work."""
        ends, self.ends = self.ends, []
        for end in ends:
            _shut(end)

    def close(self) -> None:
        _shut(self._server)
        self._server.close()
        self.cut()


def _shut(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def cable(mpd_server: PrivateMpd, tmp_path: Path) -> Iterator[Cable]:
    cable = Cable(tmp_path / "cable", mpd_server.address)
    yield cable
    cable.close()


def test_connections_that_drop_again_and_again_are_renewed(
    cable: Cable, mpd_server: PrivateMpd, opening: Open
) -> None:
    """python-mpd2 #64, #31: idle connections drop."""
    box = opening(Listening, str(cable.path))
    box.until_ready()
    song_id = play(box).song_id
    for _ in range(3):
        cable.cut()
        heard = box.until(fresh)
        assert (heard.song_id, heard.pick) == (song_id, box.pick("happy"))
    guest = mpd_server.client()
    guest.stop()
    guest.disconnect()
    box.until_state("stop")


def test_a_thread_whose_listener_fails_goes_on(mpd_server: PrivateMpd, opening: Open) -> None:
    class Clumsy(Listening):
        def __init__(self, *arguments: Any, **settings: Any) -> None:
            self.falls = 3
            super().__init__(*arguments, **settings)

        def wake(self) -> None:
            self.falls -= 1
            if self.falls >= 0:
                raise RuntimeError("the inbox fell over")
            super().wake()

    box = opening(Clumsy, mpd_server.address)
    box.until_so(lambda: box.falls < 0)
    box.until_ready()
    play(box)


# --- closing ---------------------------------------------------------------------------------------------


def open_files() -> set[str]:
    found = set()
    for descriptor in os.listdir("/proc/self/fd"):
        try:
            found.add(os.readlink(f"/proc/self/fd/{descriptor}"))
        except OSError:
            continue  # the one that lists them
    return {name for name in found if name.startswith("socket:")}


def test_closing_leaves_no_thread_and_no_socket(mpd_server: PrivateMpd) -> None:
    gc.collect()  # what earlier tests have left
    threads, files = set(threading.enumerate()), open_files()
    box = RealListening(mpd_server)
    box.until_ready()
    assert not set(threading.enumerate()) <= threads
    play(box)
    box.close()
    assert set(threading.enumerate()) <= threads
    assert open_files() <= files


def test_renewing_connections_leaks_no_socket(cable: Cable, opening: Open) -> None:
    box = opening(Listening, str(cable.path))
    box.until_ready()
    cable.cut()
    box.until(fresh)
    box.until_so(lambda: len(cable.ends) == 2 * 3)  # for commands, for idle, for the library
    ours = len(open_files())
    for _ in range(3):
        cable.cut()
        box.until(fresh)
    box.until_so(lambda: len(open_files()) <= ours)  # the cable's own ends close when they like


def test_closing_while_mpd_is_away_does_not_wait_for_it(mpd_server: PrivateMpd, opening: Open) -> None:
    mpd_server.kill()
    before = threading.enumerate()  # those of another test's box may still wait for an MPD that hung
    box = opening(Listening, mpd_server.address)
    box.until(gone)
    threads = [thread for thread in threading.enumerate() if thread not in before]
    assert {thread.name for thread in threads} >= {"mpd-idle", "mpd-library"}
    box.player.close()
    assert not any(thread.is_alive() for thread in threads)


# --- a guest with mpc ------------------------------------------------------------------------------------


def mpc(server: PrivateMpd, *words: str) -> None:
    subprocess.run(["mpc", "--quiet", "--host", server.address, *words], check=True, capture_output=True)


@pytest.mark.skipif(shutil.which("mpc") is None, reason="mpc is not installed")
def test_a_guest_with_mpc_meets_no_surprise(box: RealListening, mpd_server: PrivateMpd) -> None:
    play(box)
    mpc(mpd_server, "pause")
    box.until_state("pause")
    mpc(mpd_server, "play")
    box.until_state("play")
    mpc(mpd_server, "volume", "23")
    box.until(lambda event: isinstance(event, PlayerChanged) and event.volume == 23)
    mpc(mpd_server, "clear")
    assert not box.until_state("stop").ran_out
    mpc(mpd_server, "add", "sad")
    mpc(mpd_server, "play")
    heard = box.until_playing(box.pick("sad").song)
    assert heard.pick is None
    assert heard.has_next


# --- songs and sources -----------------------------------------------------------------------------------


def serve(folder: Path, music: Path, **settings: Any) -> PrivateMpd:
    return PrivateMpd(folder / "mpd", music, **settings)


@pytest.mark.parametrize("name", ["plain", 'it\'s "odd" \\ back', "ünï 山 (x)", "a.b-c_d"])
def test_odd_names_of_folders_and_songs_all_play(tmp_path: Path, opening: Open, name: str) -> None:
    music = tmp_path / "music"
    for song in ODD_NAMES:
        write_tone(music / name / song)
    write_tone(music / f"{name} not this" / "other.flac")
    with serve(tmp_path, music) as server:
        box = opening(RealListening, server, sources={"happy": Source(folder=name)})
        box.until_ready()
        songs = box.library.by_mood["happy"]
        assert {song.uri for song in songs} == {f"{name}/{song}" for song in ODD_NAMES}
        assert {song.title for song in songs} == {song.removesuffix(".flac") for song in ODD_NAMES}
        for number, song in enumerate(songs):
            box.perform(StartSong(box.pick("happy", number), CUT))
            assert box.until_playing(song).pick == box.pick("happy", number)


def test_a_file_with_a_line_break_in_its_name_is_left_out(tmp_path: Path, opening: Open) -> None:
    music = tmp_path / "music"
    write_tone(music / "happy" / "good.flac")
    write_tone(music / "happy" / "line\nbreak.flac")
    with serve(tmp_path, music) as server:
        box = opening(RealListening, server, sources={"happy": Source(folder="happy")})
        assert [song.uri for song in box.until_library().everything] == ["happy/good.flac"]


def test_an_empty_music_folder_is_an_empty_library_and_mpd_is_well(tmp_path: Path, opening: Open) -> None:
    (tmp_path / "music").mkdir()
    with serve(tmp_path, tmp_path / "music") as server:
        box = opening(RealListening, server)
        box.until_ready()
        assert box.library.everything == ()
        assert set(box.library.by_mood.values()) == {()}


def test_tags_are_read_as_they_come(tmp_path: Path, opening: Open) -> None:
    import soundfile

    write_tone(tmp_path / "music" / "bare.flac")
    write_tone(tmp_path / "music" / "tagged.flac", "A title", "Somebody")
    with soundfile.SoundFile(tmp_path / "music" / "tagged.flac", "r") as file:
        seconds = file.frames / file.samplerate
    with serve(tmp_path, tmp_path / "music") as server:
        box = opening(RealListening, server, sources={})
        bare, tagged = box.until_library().everything
        assert bare == Song("bare.flac", "bare", "", "", seconds)
        assert tagged == Song("tagged.flac", "A title", "Somebody", "Tones", seconds)


SOURCES = {
    "happy": Source(folder="happy/"),
    "sad": Source(filter='(genre == "Jazz")'),
    "fear": Source(playlist='it\'s "mine"'),
    "neutral": Source(folder="/"),
}


def test_folders_filters_and_playlists(mpd_server: PrivateMpd, opening: Open) -> None:
    guest = mpd_server.client()
    for uri in ("sad/1.flac", "angry/0.flac", "happy/0.flac"):
        guest.playlistadd('it\'s "mine"', uri)
    guest.disconnect()
    with (mpd_server.folder / "playlists" / 'it\'s "mine".m3u').open("a") as file:
        file.write("gone/long ago.flac\nhttp://radio.example/stream\n")
    box = opening(RealListening, mpd_server, sources=SOURCES)
    listed = {mood: [song.uri for song in songs] for mood, songs in box.until_library().by_mood.items()}
    assert listed["happy"] == ["happy/0.flac", "happy/1.flac"]
    assert set(listed["sad"]) == {f"{mood}/0.flac" for mood in EMOTIONS}
    assert listed["fear"] == ["sad/1.flac", "angry/0.flac", "happy/0.flac", "http://radio.example/stream"]
    assert len(listed["neutral"]) == 14


def test_names_from_a_mac_and_playlists_from_windows_find_their_songs(tmp_path: Path, opening: Open) -> None:
    """MPD compares bytes; people, and what other systems write, do not."""
    music, mac = tmp_path / "music", partial(normalize, "NFD")
    song = mac("Müde/Grün.flac")
    write_tone(music / song, artist=mac("Björk"))
    sources = {
        "angry": Source(folder="müde"),
        "disgust": Source(filter='(artist == "Björk")'),
        "fear": Source(playlist="Für mich"),
        "happy": Source(playlist="alt"),
        "sad": Source(playlist="Müde/liste"),
        "surprise": Source(filter='(artist != "Björk")'),
    }
    (music / mac("Müde/liste.m3u8")).write_bytes("\ufeffGrün.flac\r\n".encode())
    with serve(tmp_path / "mpd", music) as server:
        playlists = server.folder / "playlists"
        (playlists / mac("Für mich.m3u")).write_bytes("\ufeffD:\\Musik\\müde\\GRÜN.flac\r\n".encode())
        (playlists / "alt.m3u").write_bytes("#EXTM3U\r\nMüde\\Grün.flac\r\n".encode("cp1252"))
        library = opening(RealListening, server, sources=sources).until_library()
    found = {mood: [one.uri for one in songs] for mood, songs in library.by_mood.items()}
    assert found == {mood: [song] for mood in sources} | {"surprise": []}


@pytest.mark.parametrize(
    "source",
    [
        Source(folder="nowhere"),
        Source(playlist="nowhere"),
        Source(playlist="two\nlines"),
        Source(filter="((bad"),
        Source(filter="(genre == 'Jazz')\nclear"),
        Source(filter="genre"),
    ],
    ids=str,
)
def test_a_source_that_does_not_work_costs_one_mood_and_one_warning(
    own_music: Path, tmp_path: Path, opening: Open, caplog: pytest.LogCaptureFixture, source: Source
) -> None:
    with serve(tmp_path, own_music) as server:
        box = opening(RealListening, server, sources={"sad": source, "happy": Source(folder="happy")})
        library = box.until_library()
        assert library.by_mood["sad"] == ()
        assert len(library.by_mood["happy"]) == 2
        write_tone(own_music / "happy" / "new.flac")
        server.update()
        assert len(box.until_library().by_mood["happy"]) == 3
    warnings = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warnings) == 1
    assert warnings[0].startswith(f"music.moods.sad: {source}")


@pytest.mark.parametrize("kind", ["filter", "playlist"])
def test_a_source_with_a_line_break_cannot_smuggle_in_a_command(
    mpd_server: PrivateMpd, opening: Open, kind: str
) -> None:
    guest = mpd_server.client()
    guest.addid("sad/0.flac")
    box = opening(Listening, mpd_server.address, sources={"sad": Source(**{kind: "x\nclear\nping"})})
    box.until_ready()
    assert guest.status()["playlistlength"] == "1"
    guest.disconnect()


def test_new_songs_are_listed_when_mpd_has_found_them(own_music: Path, tmp_path: Path, opening: Open) -> None:
    with serve(tmp_path, own_music) as server:
        box = opening(RealListening, server)
        box.until_ready()
        for number in range(3):
            write_tone(own_music / "happy" / f"new {number}.flac")
        server.update()
        box.until(lambda event: isinstance(event, LibraryChanged) and len(event.by_mood["happy"]) == 5)


def test_a_playlist_that_changes_is_listed_again(mpd_server: PrivateMpd, opening: Open) -> None:
    box = opening(RealListening, mpd_server, sources={"sad": Source(playlist="mine")})
    box.until_ready()
    box.guest.playlistadd("mine", "sad/0.flac")
    box.until(lambda event: isinstance(event, LibraryChanged) and len(event.by_mood["sad"]) == 1)


@pytest.mark.parametrize(
    ("took_s", "ago_s", "waits_s"),
    [(6.0, 0.0, 12.0), (6.0, 4.0, 8.0), (6.0, 11.9, 0.2), (6.0, 3600.0, 0.2), (0.01, 0.0, 0.2)],
)
def test_a_library_that_changes_is_listed_for_a_third_of_the_time_at_most(
    took_s: float, ago_s: float, waits_s: float
) -> None:
    assert rest_s(took_s, ago_s) == waits_s


def test_a_library_of_several_pages_is_listed_whole(opening: Open) -> None:
    songs = [Song(f"happy/{number}.flac", str(number), duration_s=30.0) for number in range(2 * PAGE + 1)]
    box = opening(SimulatedListening, SimulatedMpd(songs))
    assert box.until_library().everything == tuple(songs)
    assert box.player.library == box.library


def test_of_a_library_that_is_listed_again_only_what_changed_is_read_anew(
    own_music: Path, tmp_path: Path, opening: Open
) -> None:
    """100,000 songs are the same objects as before: neither the time nor the memory is spent twice."""
    sources = {"happy": Source(folder="happy"), "sad": Source(filter='(genre == "Jazz")')}
    with serve(tmp_path, own_music) as server:
        box = opening(RealListening, server, sources=sources)
        before = box.until_library()
        write_tone(own_music / "happy" / "0.flac", "Another title", "Somebody")
        write_tone(own_music / "happy" / "new.flac")
        (own_music / "angry" / "0.flac").unlink()
        server.update()
        after = box.until_library()
    old, new = ({song.uri: song for song in library.everything} for library in (before, after))
    same = {uri for uri in new if old.get(uri) is new[uri]}
    assert new.keys() - same == {"happy/0.flac", "happy/new.flac"}
    assert new["happy/0.flac"].title == "Another title"
    assert "angry/0.flac" not in new
    assert all(song is new[song.uri] for song in after.by_mood["sad"])
    assert box.player.counts == {mood: len(songs) for mood, songs in after.by_mood.items()}


def test_what_other_programs_say_of_songs_is_told_with_the_library(
    own_music: Path, tmp_path: Path, opening: Open
) -> None:
    with serve(tmp_path, own_music) as server:
        other = server.client()
        for uri, name, value in (
            ("happy/0.flac", "like", "2"),
            ("happy/0.flac", "rating", "1"),  # the like counts
            ("sad/0.flac", "like", "0"),
            ("angry/0.flac", "rating", "10"),
            ("neutral/0.flac", "rating", "many"),
            ("neutral/0.flac", "playCount", "7"),
        ):
            other.sticker_set("song", uri, name, value)
        told = opening(RealListening, server).until_library().opinions
    assert told == {"happy/0.flac": 1.0, "sad/0.flac": -1.0, "angry/0.flac": 1.0}


# --- sound -----------------------------------------------------------------------------------------------

NO_MIXER = 'audio_output {\n  type "null"\n  name "bare"\n  mixer_type "none"\n}\n'
LATE_CARD = """\
audio_output {
  type "httpd"
  name "late card"
  bind_to_address "127.0.0.1"
  port "%d"
  encoder "wave"
  format "8000:16:1"
}
"""


def test_without_a_mixer_a_fade_is_a_cut(music_folder: Path, tmp_path: Path, opening: Open) -> None:
    with serve(tmp_path, music_folder, outputs=NO_MIXER) as server:
        box = opening(RealListening, server)
        box.until_ready()
        assert play(box).volume is None
        box.perform(ChangeVolume(20), StartSong(box.pick("sad"), FADE))
        assert box.until_playing(box.pick("sad").song).volume is None
        assert not any(map(gone, box.heard))


@pytest.fixture
def late_card_mpd(music_folder: Path, tmp_path: Path) -> Iterator[tuple[PrivateMpd, socket.socket]]:
    """An MPD whose output cannot open until the socket that holds its port is closed."""
    with socket.create_server(("127.0.0.1", 0)) as holder:
        outputs = LATE_CARD % holder.getsockname()[1]
        with serve(tmp_path, music_folder, outputs=outputs) as server:
            yield server, holder


def test_a_sound_card_that_comes_late_is_waited_for(
    late_card_mpd: tuple[PrivateMpd, socket.socket], opening: Open
) -> None:
    """raspberrypi/linux #7344: it appears late at boot."""
    server, holder = late_card_mpd
    box = opening(RealListening, server)
    box.until_ready()
    box.perform(StartSong(box.pick("happy"), CUT))
    assert "no sound output" in box.until(gone).reason
    holder.close()
    heard = box.until_state("play")
    assert (heard.pick, heard.fresh) == (box.pick("happy"), True)
    assert len([event for event in box.heard if gone(event)]) == 1


def test_a_pause_while_there_is_no_sound_card_stays_a_pause(
    late_card_mpd: tuple[PrivateMpd, socket.socket], opening: Open
) -> None:
    server, holder = late_card_mpd
    box = opening(RealListening, server)
    box.until_ready()
    box.perform(StartSong(box.pick("happy"), CUT))
    box.until(gone)
    box.perform(PauseMusic())
    box.until_state("pause")
    holder.close()
    assert "error" not in box.guest.status()


# --- songs without sound --------------------------------------------------------------------------------


@pytest.mark.parametrize("consume", [0, 1])
@pytest.mark.parametrize(("start_s", "is_blamed"), [(0.0, True), (170.0, False)])
def test_a_song_that_is_over_at_once_is_blamed_if_it_was_to_be_heard_whole(
    opening: Open, start_s: float, is_blamed: bool, consume: int
) -> None:
    song = Song("happy/0.flac", "Happy", duration_s=180.0)
    box = opening(SimulatedListening, SimulatedMpd([song], empty={song.uri}))
    box.guest.consume(consume)
    box.until_ready()
    box.perform(StartSong(Pick(song, "happy", "because of the test"), CUT, start_s))
    heard = box.until(lambda event: isinstance(event, PlayerChanged) and event.ran_out)
    assert heard.failed == (song if is_blamed else None)


def test_a_song_that_stops_before_it_was_heard_is_nobodys_stop(opening: Open) -> None:
    """MPD's error may be gone by the time we look: taken for a stop, it would be silence for good."""
    song = Song("happy/0.flac", "Happy", duration_s=180.0)
    box = opening(SimulatedListening, SimulatedMpd([song]))
    box.until_ready()
    box.perform(StartSong(Pick(song, "happy", "because of the test"), CUT))
    box.box.state = "stop"
    heard = box.until(lambda event: isinstance(event, PlayerChanged) and event.state == "stop")
    assert (heard.ran_out, heard.failed) == (True, song)


@pytest.fixture
def begun(opening: Open) -> SimulatedListening:
    """A player whose MPD has just come to the end of a song that holds no sound, and does not know it yet."""
    songs = [Song(f"happy/{number}.flac", "Happy", duration_s=180.0) for number in range(2)]
    mpd = SimulatedMpd(songs, empty={"happy/0.flac"}, settling_s=0.1)
    box: SimulatedListening = opening(SimulatedListening, mpd)
    box.until_ready()
    return box


@pytest.mark.parametrize("before", [[], ["happy/1.flac"]])
@pytest.mark.parametrize("mode", ["repeat", "random", "single", "consume"])
def test_a_mode_switched_on_at_a_songs_very_end_is_no_stop(
    begun: SimulatedListening, mode: str, before: list[str]
) -> None:
    """`consume` takes the song away, as a `clear` would: taken for one, two minutes of silence came."""
    for uri in before:
        begun.guest.addid(uri)
    begun.perform(StartSong(begun.pick("happy"), CUT))
    getattr(begun.guest, mode)(1)
    heard = begun.until(lambda event: isinstance(event, PlayerChanged))
    assert heard.ran_out or heard.state == "play"


@pytest.mark.parametrize("before", [[], ["happy/1.flac"]])
def test_a_queue_filled_anew_at_a_songs_very_end_is_a_guests_doing_even_where_it_consumes_itself(
    begun: SimulatedListening, before: list[str]
) -> None:
    for uri in before:
        begun.guest.addid(uri)
    begun.perform(StartSong(begun.pick("happy"), CUT))
    begun.guest.consume(1)
    begun.guest.clear()
    begun.guest.addid("happy/1.flac")
    assert not begun.until_state("stop").ran_out


def test_a_damaged_songs_early_end_is_one_even_where_a_guest_has_it_consumed(opening: Open) -> None:
    """Its file ends long before the time that its head tells, and before the player looks once more."""
    songs = [Song(f"happy/{number}.flac", "Happy", duration_s=180.0) for number in range(2)]
    box = opening(SimulatedListening, SimulatedMpd(songs, empty={"happy/1.flac"}, empty_s=5.0))
    box.until_ready()
    play(box)
    box.perform(StartSong(box.pick("happy", 1), CUT))
    box.until_playing(songs[1])
    box.guest.consume(1)
    box.box.links[0].take()  # it is not told of that
    assert box.until_state("stop").ran_out


def test_a_queue_that_a_guest_shortens_meanwhile_is_no_fault_of_the_song(
    opening: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_far(*_: object) -> None:
        raise refusal(2, "playlistinfo", "Bad song index")

    songs = [Song(f"happy/{number}.flac", "Happy", duration_s=180.0) for number in range(2)]
    box = opening(SimulatedListening, SimulatedMpd(songs))
    box.until_ready()
    box.perform(StartSong(box.pick("happy"), CUT))
    box.until_playing(songs[0])
    monkeypatch.setattr(SimulatedClient, "playlistinfo", too_far)
    box.perform(StartSong(box.pick("happy", 1), CUT))
    assert box.until_playing(songs[1]).failed is None


@pytest.mark.parametrize("words", ["[56@0] {pause} Failed to decode /m/happy/0.flac", "no happy/0.flac"])
def test_what_mpd_will_not_do_is_logged_without_the_song(
    opening: Open, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, words: str
) -> None:
    """Its folder is a mood."""

    def refuses(*_: object) -> None:
        raise CommandError(words)

    songs = [Song("happy/0.flac", "Happy", duration_s=180.0)]
    box = opening(SimulatedListening, SimulatedMpd(songs))
    box.until_ready()
    play(box)
    monkeypatch.setattr(SimulatedClient, "pause", refuses)
    box.perform(PauseMusic())
    box.until_so(lambda: "MPD will not do this" in caplog.text)
    assert "happy" not in caplog.text


@pytest.fixture
def far(opening: Open) -> SimulatedListening:
    """A player beside an MPD of another machine, which plays on while ours stands still."""
    songs = [Song(f"happy/{number}.flac", str(number), duration_s=30.0) for number in range(3)]
    listening: SimulatedListening = opening(SimulatedListening, SimulatedMpd(songs))
    listening.until_ready()
    return listening


def test_a_song_that_played_while_we_stood_still_is_not_blamed(far: SimulatedListening) -> None:
    """Blamed, it would not be offered for an hour: between two looks there was no time, by our clock."""
    far.perform(StartSong(far.pick("happy"), CUT), QueueSong(far.pick("happy", 1)))
    far.until_playing(far.pick("happy").song)
    far.box.stands_still_s = 31.0
    far.box.stir("player")
    assert far.until_playing(far.pick("happy", 1).song).failed is None


def test_nor_is_one_that_was_begun_before(far: SimulatedListening) -> None:
    far.perform(StartSong(far.pick("happy"), CUT))
    far.box.stands_still_s = 31.0
    ended = far.until(lambda event: isinstance(event, PlayerChanged) and event.ran_out)
    assert ended.failed is None


def test_nor_is_one_whose_beginning_and_end_came_meanwhile(far: SimulatedListening) -> None:
    far.perform(StartSong(far.pick("happy"), CUT), QueueSong(far.pick("happy", 1)))
    far.until_playing(far.pick("happy").song)
    far.box.stands_still_s = 61.0
    far.box.stir("player")
    ended = far.until(lambda event: isinstance(event, PlayerChanged) and event.ran_out)
    assert ended.failed is None


def test_nor_is_one_that_another_of_a_guests_follows(far: SimulatedListening) -> None:
    far.perform(StartSong(far.pick("happy"), CUT))
    far.guest.addid(far.pick("happy", 2).song.uri)
    far.box.stands_still_s = 31.0
    assert far.until_playing(far.pick("happy", 2).song).failed is None


# --- MPD's numbers ---------------------------------------------------------------------------------------


@pytest.fixture
def simulated(opening: Open) -> SimulatedListening:
    songs = [Song(f"{mood}/0.flac", mood, duration_s=180.0) for mood in EMOTIONS]
    listening: SimulatedListening = opening(SimulatedListening, SimulatedMpd(songs))
    listening.until_ready()
    return listening


def test_what_mpd_restored_is_known_by_its_name(simulated: SimulatedListening) -> None:
    for mood in ("sad", "happy"):
        play(simulated, mood)
    mpd = simulated.box
    mpd.kill()
    mpd.clock.now += 100.0
    mpd.start(restored=[simulated.pick("happy").song])
    mpd.client().play(0)
    assert simulated.until(fresh).pick == simulated.pick("happy")


def test_what_is_ours_is_so_however_long_mpd_has_run_when_the_box_begins_anew(
    simulated: SimulatedListening, opening: Open
) -> None:
    for mood in ("sad", "happy"):
        play(simulated, mood)
    simulated.box.clock.now += 100.0
    anew: SimulatedListening = opening(SimulatedListening, simulated.box, known=simulated.player.memory)
    pick = anew.until(fresh).pick
    assert pick is not None
    assert pick.song == simulated.pick("happy").song


@pytest.mark.parametrize("is_at_once", [True, False])
def test_what_a_guest_adds_to_an_mpd_that_was_restarted_is_his_whatever_its_name(
    simulated: SimulatedListening, is_at_once: bool
) -> None:
    """Before we were connected again. is_at_once: within the error of MPD's uptime, and under our number."""
    for mood in ("sad", "happy"):
        play(simulated, mood)
    mpd, name = simulated.box, simulated.pick("happy").song.uri
    mpd.kill()
    mpd.clock.now += 0.5 if is_at_once else 100.0
    mpd.start(restored=[] if is_at_once else [simulated.pick("happy").song])
    guest = mpd.client()
    guest.clear()
    guest.playid([guest.addid(name) for _ in range(6)][1])
    assert simulated.until(fresh).pick is None
    assert not any(name == "deleteid" for name, _ in simulated.wire)


def test_ours_among_what_mpd_has_restored_are_ours_though_somebody_has_added_more(
    simulated: SimulatedListening,
) -> None:
    play(simulated, "happy")
    mpd = simulated.box
    mpd.kill()
    mpd.clock.now += 100.0
    mpd.start(restored=[simulated.pick("happy").song])
    mpd.client().addid(simulated.pick("happy").song.uri)
    mpd.client().play(0)
    assert simulated.until(fresh).pick == simulated.pick("happy")


def test_an_entry_is_not_taken_for_ours_because_of_its_number(simulated: SimulatedListening) -> None:
    ours = play(simulated, "happy").song_id
    mpd = simulated.box
    mpd.kill()
    mpd.start(restored=[simulated.pick(mood).song for mood in ("sad", "angry", "fear")])
    mpd.client().play(0)
    heard = simulated.until(fresh)
    assert (heard.song_id, heard.song, heard.pick) == (ours, simulated.pick("sad").song, None)


def test_an_entry_is_ours_though_mpd_answered_too_late(simulated: SimulatedListening) -> None:
    """MPD 0.23 may hang for the rest of a short song when it is given the next one."""
    play(simulated, "happy")
    simulated.box.is_slow = True
    simulated.perform(QueueSong(simulated.pick("sad")))
    simulated.until(fresh)
    simulated.guest.next()
    assert simulated.until_playing(simulated.pick("sad").song).pick == simulated.pick("sad")


def test_a_guest_s_entry_is_not_ours_because_ours_of_that_name_was_answered_too_late(
    simulated: SimulatedListening,
) -> None:
    play(simulated, "happy")
    simulated.guest.playid(simulated.guest.addid(simulated.pick("sad").song.uri))
    simulated.until_playing(simulated.pick("sad").song)
    simulated.box.is_slow = True
    simulated.perform(QueueSong(simulated.pick("sad")))
    assert simulated.until(fresh).pick is None


def test_a_limit_that_is_set_before_mpd_is_met_holds_from_the_first_volume_on(opening: Open) -> None:
    """A service that began anew in quiet hours was loud for an instant."""
    quiet: SimulatedListening = opening(SimulatedListening, SimulatedMpd([]), start_volume=50)
    quiet.perform(LimitVolume(25))
    quiet.until_ready()
    assert quiet.volumes() == [25]


def test_an_mpd_that_was_restarted_in_no_time_is_noticed_by_its_queue(simulated: SimulatedListening) -> None:
    for mood in ("sad", "happy", "happy"):
        play(simulated, mood)
    mpd = simulated.box
    mpd.kill()
    mpd.start(restored=[simulated.pick("happy").song])  # whose number was that of the sad one
    mpd.client().play(0)
    assert simulated.until(fresh).pick == simulated.pick("happy")


# --- changes of song, step by step ------------------------------------------------------------------------


def looks(box: SimulatedListening, seconds: float) -> list[PlayerChanged]:
    """What is told within that time."""
    box.turn()
    box.heard.clear()
    end = box.now() + seconds
    box.until_so(lambda: box.now() >= end, within_s=seconds + 10.0)
    return [event for event in box.heard if isinstance(event, PlayerChanged)]


def test_a_song_that_plays_on_is_told_once_also_soon_after_the_machine_has_started(opening: Open) -> None:
    songs = [Song("happy/0.flac", "Happy", duration_s=180.0)]
    box: SimulatedListening = opening(SimulatedListening, SimulatedMpd(songs, Clock(5.0)))
    box.until_ready()
    play(box)
    assert looks(box, 100.0) == []


def test_a_look_that_is_late_is_taken_all_the_same(simulated: SimulatedListening) -> None:
    """As on a machine that stood still; MPD would close a connection that stays silent."""
    play(simulated)
    looks(simulated, 1.0)
    simulated.wire.clear()
    simulated.box.clock.now += 25.0
    simulated.turn()
    assert ("status", ()) in simulated.wire


def test_a_volume_that_a_guest_sets_is_told_at_once(simulated: SimulatedListening) -> None:
    play(simulated)
    looks(simulated, 1.0)
    simulated.guest.setvol(12)
    simulated.turn()
    assert [getattr(event, "volume", None) for event in simulated.heard[-1:]] == [12]


@pytest.mark.parametrize("to_s", [38.4, 41.6])
def test_where_a_guest_goes_in_a_paused_song_is_told(simulated: SimulatedListening, to_s: float) -> None:
    play(simulated)
    simulated.guest.seekcur(40)
    simulated.guest.pause(1)
    simulated.until_state("pause")
    simulated.guest.seekcur(to_s)
    assert simulated.until_state("pause").elapsed_s == to_s


@pytest.mark.parametrize("transition", [CUT, FADE, Transition.BLEND])
def test_a_song_that_is_chosen_in_a_pause_begins_at_once(
    simulated: SimulatedListening, transition: Transition
) -> None:
    play(simulated)
    simulated.perform(PauseMusic())
    simulated.perform(StartSong(simulated.pick("sad"), transition))
    assert simulated.guest.currentsong()["file"] == "sad/0.flac"
    assert simulated.guest.status()["state"] == "play"


def test_who_wants_no_fade_has_none(opening: Open) -> None:
    songs = [Song(f"{mood}/0.flac", mood, duration_s=180.0) for mood in EMOTIONS]
    box: SimulatedListening = opening(SimulatedListening, SimulatedMpd(songs), fade_s=0.0)
    box.until_ready()
    play(box)
    box.perform(StartSong(box.pick("sad"), FADE))
    assert box.guest.currentsong()["file"] == "sad/0.flac"
    assert box.volumes() == [50]


@pytest.mark.parametrize("before", [1, 8])
def test_a_guest_who_goes_back_to_a_song_of_his_in_the_middle_of_a_fade_stays_there(
    simulated: SimulatedListening, before: int
) -> None:
    """Whatever numbers MPD gave to the two."""
    for _ in range(before):
        simulated.guest.addid("fear/0.flac")
    simulated.guest.play(0)
    simulated.until_playing(simulated.pick("fear").song)
    simulated.perform(StartSong(simulated.pick("happy"), CUT))
    simulated.perform(StartSong(simulated.pick("angry"), CUT))
    simulated.until_playing(simulated.pick("angry").song)
    simulated.perform(StartSong(simulated.pick("sad"), FADE))
    simulated.until_so(lambda: len(simulated.volumes()) > 2)
    simulated.guest.play(0)
    looks(simulated, 2.0)
    assert simulated.guest.currentsong()["file"] == "fear/0.flac"
    assert simulated.guest.status()["volume"] == "50"


def test_a_song_that_a_guest_leaves_after_two_seconds_and_a_half_is_not_blamed(
    simulated: SimulatedListening,
) -> None:
    """However often MPD was looked at meanwhile."""
    simulated.perform(StartSong(simulated.pick("happy"), CUT), QueueSong(simulated.pick("sad")))
    simulated.until_playing(simulated.pick("happy").song)
    simulated.box.clock.now += 0.9
    simulated.box.stir("player")
    simulated.turn()
    simulated.box.clock.now += 1.6
    simulated.guest.next()
    assert simulated.until_playing(simulated.pick("sad").song).failed is None


# --- a long time -----------------------------------------------------------------------------------------


def test_a_day_of_music_leaves_a_short_queue_and_the_volume_as_it_was(opening: Open) -> None:
    songs = [Song(f"happy/{number}.flac", str(number), duration_s=180.0) for number in range(40)]
    mpd = SimulatedMpd(songs)
    box = opening(SimulatedListening, mpd, fade_s=2.0)
    box.until_ready()
    began, number = box.now(), 0
    while box.now() < began + 86400.0:
        number += 1
        transition = CUT if number == 1 else list(Transition)[number % 3]
        box.perform(StartSong(box.pick("happy", number % 40), transition))
        heard = box.until_playing(box.pick("happy", number % 40).song, within_s=400.0)
        assert heard.volume == 50
        assert len(mpd.queue) <= 22
    assert number > 480
    assert max(box.volumes()) == 50


def test_a_connection_on_which_memory_ran_out_is_renewed_and_nothing_behind_it_is_lost(opening: Open) -> None:
    """The rest of an answer would be taken for the next one's; the library came after the connection."""
    box = opening(SimulatedListening, SimulatedMpd([Song("happy/0.flac", "0", duration_s=60.0)]))
    box.box.is_short = True
    with pytest.raises(MemoryError):
        box.turn()
    box.until_ready()
    pick = box.pick("happy")
    box.perform(StartSong(pick, CUT))
    box.until_playing(pick.song)
    box.box.is_short = True
    box.guest.pause(1)
    with pytest.raises(MemoryError):
        box.turn()
    assert box.until_state("pause").song == pick.song
