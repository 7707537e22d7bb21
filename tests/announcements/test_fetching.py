"""What the box fetches for an announcement, and what it never asks for anybody."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from sound_host import WAV, Host, anybody

from appliance.announcements import fetching
from appliance.announcements.fetching import FORBIDDEN, REDIRECTIONS, fetch, is_own, kind_of
from appliance.errors import AnnouncementLost, CommandRejected
from appliance.protocol.declaring import Sound


@pytest.fixture
def host() -> Iterator[Host]:
    with closing(Host()) as host:
        yield host


def test_a_sound_is_fetched_whole(host: Host) -> None:
    fetched = fetch(f"{host.url}/bell.wav?text=hello+you", is_forbidden=anybody)
    assert (fetched.data, fetched.suffix, fetched.kind) == (WAV, "wav", "audio/wav")
    assert host.asked == ["/bell.wav?text=hello+you"]


def test_an_address_with_spaces_and_umlauts_is_asked_for_as_it_is_meant(host: Host) -> None:
    fetch(f"{host.url}/bell/guten morgen, schöne.wav", is_forbidden=anybody)
    assert host.asked == ["/bell/guten%20morgen,%20sch%C3%B6ne.wav"]


def test_a_redirection_is_followed(host: Host) -> None:
    assert fetch(f"{host.url}/to/bell", is_forbidden=anybody).data == WAV


# --- what must hold whoever chooses the address ----------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "127.0.0.1",
        "localhost",
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "017700000001",
        "0.0.0.0",
        "0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::]",
    ],
)
def test_the_box_itself_is_never_asked_however_it_is_written(host: Host, name: str) -> None:
    with pytest.raises(AnnouncementLost, match=r"box itself|could not be fetched"):
        fetch(f"http://{name}:{host.server_address[1]}/bell")
    assert host.asked == []


def test_the_address_that_the_box_has_in_the_network_is_its_own() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        way.connect(("192.0.2.1", 9))
        assert is_own(way.getsockname())


@pytest.mark.parametrize(
    "address",
    [
        "127.8.9.10",
        "0.0.0.0",
        "0.1.2.3",
        "169.254.169.254",
        "224.0.0.251",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%2",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:0.0.0.0",
    ],
)
def test_no_address_is_asked_that_is_no_other_hosts(address: str) -> None:
    assert is_own((address, 80))


@pytest.mark.parametrize("address", ["192.168.77.77", "10.9.8.7", "8.8.8.8", "fd00::77", "2001:db8::1"])
def test_other_hosts_may_be_asked(address: str) -> None:
    assert not is_own((address, 80))


def test_a_redirection_to_the_box_itself_is_not_followed(host: Host) -> None:
    with closing(Host()) as own:
        other = host.server_address[1]
        with pytest.raises(AnnouncementLost, match=FORBIDDEN):
            fetch(f"{host.url}/to/{own.url}/bell", is_forbidden=lambda where: where[1] != other)
        assert own.asked == []


@pytest.mark.parametrize(
    "where", ["file:///etc/passwd", "ftp://192.0.2.1/x", "http://me:secret@192.0.2.1/", "http:///x"]
)
def test_a_redirection_elsewhere_than_to_http_is_not_followed(host: Host, where: str) -> None:
    with pytest.raises(AnnouncementLost):
        fetch(f"{host.url}/to/{where}", is_forbidden=anybody)


def test_redirections_have_an_end(host: Host) -> None:
    with pytest.raises(AnnouncementLost, match="from one address to the next"):
        fetch(f"{host.url}/round", is_forbidden=anybody)
    assert len(host.asked) == REDIRECTIONS + 1


def test_a_name_is_looked_up_once_so_that_it_cannot_mean_another_host_a_moment_later(host: Host) -> None:
    judged: list[Any] = []

    def judge(where: Any) -> bool:
        judged.append(where)
        return False

    fetch(f"{host.url.replace('127.0.0.1', 'localhost')}/bell", is_forbidden=judge)
    assert host.server_address in judged  # what was judged is what was asked


@pytest.mark.parametrize("path", ["page", "playlist"])
def test_what_is_no_sound_is_kept_from_mpd(host: Host, path: str) -> None:
    with pytest.raises(AnnouncementLost, match="no sound"):
        fetch(f"{host.url}/{path}", is_forbidden=anybody)


def test_what_does_not_end_is_not_taken_into_memory(host: Host) -> None:
    with pytest.raises(AnnouncementLost, match="larger than"):
        fetch(f"{host.url}/endless", is_forbidden=anybody)


def test_a_host_that_drips_is_left_when_its_time_is_over(host: Host) -> None:
    with pytest.raises(AnnouncementLost, match="longer than"):
        fetch(f"{host.url}/drip", within_s=0.3, is_forbidden=anybody)


def test_a_host_that_says_nothing_is_left_when_its_time_is_over() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        with pytest.raises(AnnouncementLost, match="longer than"):
            fetch(f"http://127.0.0.1:{port}/bell", within_s=0.3, is_forbidden=anybody)
        with pytest.raises(AnnouncementLost, match="longer than"):
            fetch(f"https://127.0.0.1:{port}/bell", within_s=0.3, is_forbidden=anybody)


@pytest.mark.parametrize(("path", "words"), [("gone", "answers 404"), ("short", "broke off")])
def test_why_there_is_no_sound_is_said_without_the_address(host: Host, path: str, words: str) -> None:
    with pytest.raises(AnnouncementLost, match=words) as caught:
        fetch(f"{host.url}/{path}?token=secret", is_forbidden=anybody)
    assert "secret" not in str(caught.value)


def test_a_port_where_nothing_listens_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(AnnouncementLost, match="nothing listens"):
        fetch(f"http://127.0.0.1:{port}/bell", is_forbidden=anybody)


# --- what may be asked for at all ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "file:///etc/passwd", "FILE:/etc/passwd", "/etc/passwd", "../state.json", "happy/../../state.json",
        "nfs://nas/x.mp3", "smb://nas/x.mp3", "cdda://", "alsa://hw:0", "rtsp://192.168.1.2/", "gopher://x/",
        "http://", "https:///bell.mp3", "http://me:secret@192.168.1.2/bell.mp3", "http://[::1/bell.mp3",
        "http://192.168.1.2:99999/bell.mp3",
        "bell.mp3\nclear", "bell\0.mp3", "", "x" * 2001, 5, None, ["bell.mp3"],
    ],
)  # fmt: skip
def test_only_http_and_the_music_folder_are_taken(text: object) -> None:
    with pytest.raises(CommandRejected):
        Sound("sound", "").read(text)


@pytest.mark.parametrize(
    "text",
    [
        "http://192.168.1.2:8123/api/tts_proxy/x.mp3",
        "HTTPS://nas.local/bell.wav",
        "bell.mp3",
        "sounds/bell..flac",
        "Äther/two words.ogg",
    ],
)
def test_addresses_and_songs_are_taken(text: str) -> None:
    assert Sound("sound", "").read(text) == text


@pytest.mark.parametrize(
    ("beginning", "suffix"),
    [
        (WAV, "wav"),
        (b"OggS\0", "ogg"),
        (b"fLaC\0", "flac"),
        (b"ID3\4\0", "mp3"),
        (b"\xff\xfb\x90", "mp3"),
        (b"\xff\xf3\x90", "mp3"),
        (b"\xff\xf1\x50", "aac"),
        (b"\0\0\0\x20ftypM4A ", "m4a"),
    ],
)
def test_a_sound_is_known_by_how_it_begins(beginning: bytes, suffix: str) -> None:
    assert kind_of(beginning[:16])[0] == suffix


def test_a_minute_in_the_quality_of_a_cd_has_room() -> None:
    assert fetching.MOST > 60 * 44_100 * 2 * 2
