"""The box's own MPD: what its configuration says, and that a real MPD takes it."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import write_tone
from processes import connected, started
from waiting import until

from appliance.machine.mpd_config import (
    Card,
    choose,
    configuration,
    find_cards,
    main,
    read_password,
    read_settings,
)
from appliance.machine.settings_file import DEFAULTS

DAC = Card("IQaudIODAC", "IQaudIODAC - IQaudIODAC")
JACK = Card("Headphones", "bcm2835_headpho - bcm2835 Headphones")
SCREEN = Card("vc4hdmi0", "vc4-hdmi - vc4-hdmi-0")


@pytest.fixture
def asound(tmp_path: Path) -> Path:
    """What Linux shows below /proc/asound for a screen, the jack, and a webcam that only listens."""
    lines = []
    for number, (card, streams) in enumerate(
        {SCREEN: "pcm0p", JACK: "pcm0p", Card("C270", ""): "pcm0c"}.items()
    ):
        folder = tmp_path / "asound" / f"card{number}"
        (folder / streams).mkdir(parents=True)
        (folder / "id").write_text(card.name + "\n")
        lines.append(f" {number} [{card.name:15}]: {card.driver}\n                      more words\n")
    (tmp_path / "asound" / "cards").write_text("".join(lines))
    return tmp_path / "asound"


def test_cards_that_can_play_are_found_by_name(asound: Path) -> None:
    assert [card.name for card in find_cards(asound)] == ["vc4hdmi0", "Headphones"]


def test_a_machine_without_sound_has_no_cards(tmp_path: Path) -> None:
    assert find_cards(tmp_path / "none") == []


def test_a_dac_is_heard_before_the_jack_and_the_jack_before_a_screen() -> None:
    assert choose([SCREEN, JACK, DAC], "auto") == DAC
    assert choose([SCREEN, JACK], "auto") == JACK
    assert choose([SCREEN], "auto") == SCREEN
    assert choose([], "auto") is None


def test_a_card_that_is_named_is_taken_and_no_other() -> None:
    assert choose([SCREEN, JACK, DAC], "Headphones") == JACK
    assert choose([SCREEN, JACK], "IQaudIODAC") is None


def test_without_a_card_the_music_goes_on_unheard() -> None:
    assert '"null"' in configuration({}, [], None)
    assert '"alsa"' not in configuration({}, [], None)


@pytest.mark.parametrize("network", [False, "yes", 1, None])
def test_the_network_stays_out_unless_it_is_let_in(network: object) -> None:
    assert "6600" not in configuration({"network": network}, [], "secret")


def test_the_network_stays_out_without_a_password() -> None:
    assert "6600" not in configuration({"network": True}, [], None)


@pytest.mark.parametrize("text", ["", "\n", 'a"b\n', "a@b\n", "a\\b\n"])
def test_a_password_that_mpd_would_misread_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "password").write_text(text)
    assert read_password(tmp_path / "password") is None


@pytest.mark.parametrize("text", ["not toml [", "mpd = 3", "\udcff"])
def test_settings_that_make_no_sense_do_not_stop_mpd(tmp_path: Path, text: str) -> None:
    (tmp_path / "moodbox.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert read_settings(DEFAULTS, tmp_path / "moodbox.toml") == read_settings(DEFAULTS)


def test_the_file_is_ours_alone_and_only_differs_when_something_changes(tmp_path: Path, asound: Path) -> None:
    conf, settings = tmp_path / "mpd.conf", tmp_path / "moodbox.toml"
    where = ["--settings", str(settings), "--password", str(tmp_path / "none"), "--asound", str(asound)]
    assert main([*where, "--differs", str(conf)]) == 0
    assert main([*where, "--write", str(conf)]) == 0
    assert conf.stat().st_mode & 0o777 == 0o600
    assert main([*where, "--differs", str(conf)]) == 1
    settings.write_text('[mpd]\noutput = "vc4hdmi0"\n')
    assert main([*where, "--differs", str(conf)]) == 0


@pytest.fixture
def own_mpd(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[str, int]]:
    """A real MPD with our configuration, network and all, its places moved here: (socket, port)."""
    write_tone(tmp_path / "music" / "song.flac", seconds=0.1)
    (tmp_path / "mpd" / "playlists").mkdir(parents=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    text = configuration({"network": True} | getattr(request, "param", {}), [JACK], "secret")
    for ours, here in {
        "/var/lib/moodbox": str(tmp_path),
        "/run/mpd": str(tmp_path),
        "6600": str(port),
        '"any"': '"127.0.0.1"',
        'zeroconf_enabled "yes"': 'zeroconf_enabled "no"',
    }.items():
        text = text.replace(ours, here)
    (tmp_path / "mpd.conf").write_text(text)
    with started(["mpd", "--no-daemon", "--stderr", str(tmp_path / "mpd.conf")]) as child:
        yield str(tmp_path / "socket"), port
        child.terminate()


def test_a_real_mpd_takes_it_and_asks_the_network_for_the_password(own_mpd: tuple[str, int]) -> None:
    import mpd

    path, port = own_mpd
    box, phone = connected(path, 0), connected("127.0.0.1", port)
    assert [output["outputname"] for output in box.outputs()] == ["Headphones", "nothing"]
    with pytest.raises(mpd.CommandError, match="permission"):
        phone.status()
    phone.password("secret")
    assert phone.status()["state"] == "stop"
    with pytest.raises(mpd.CommandError, match="permission"):
        phone.newpartition("mine")  # an administrator's command
    for client in (box, phone):
        client.disconnect()


@pytest.mark.parametrize("own_mpd", [{}, {"network_likes": True}], indirect=True, ids=["default", "likes"])
def test_a_phone_keeps_likes_only_where_that_is_allowed(
    own_mpd: tuple[str, int], request: pytest.FixtureRequest
) -> None:
    import mpd

    path, port = own_mpd
    box, phone = connected(path, 0), connected("127.0.0.1", port)
    phone.password("secret")
    box.update()
    until(lambda: "updating_db" not in box.status())
    if "likes" in request.node.callspec.id:
        phone.sticker_set("song", "song.flac", "like", "2")
        assert box.sticker_get("song", "song.flac", "like") == "2"
    else:
        with pytest.raises(mpd.CommandError, match="permission"):
            phone.sticker_set("song", "song.flac", "like", "2")
    for client in (box, phone):
        client.disconnect()


def test_a_pipe_in_the_place_of_settings_or_password_keeps_no_mpd_waiting(tmp_path: Path) -> None:
    """MPD starts behind this, and the box's own user may write there."""
    pipe, made = tmp_path / "pipe", tmp_path / "mpd.conf"
    os.mkfifo(pipe)
    assert main(["--settings", str(pipe), "--password", str(pipe), "--write", str(made)]) == 0
    assert "port" not in made.read_text(encoding="utf-8")
