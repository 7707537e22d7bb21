"""What lies among music and is none."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from conftest import write_tone

from appliance.demo.private_mpd import PrivateMpd
from appliance.player import Source
from appliance.player.client import connect, disconnect
from appliance.player.junk import JUNK, is_music
from appliance.player.songs import Library
from appliance.protocol.emotions import EMOTIONS

IGNORE = Path(__file__).resolve().parents[2] / "deploy" / "mpdignore"

RUBBISH = (
    "Music/._Kept 0.flac",
    ".Trashes/501/deleted.flac",
    ".Trash-1000/files/deleted.flac",
    "$RECYCLE.BIN/S-1-5-21-1/$RAB12CD.flac",
    "RECYCLER/S-1/Dc1.flac",
    "System Volume Information/x.flac",
    "FOUND.000/FILE0000.flac",
    "lost+found/#123.flac",
    "Android/media/com.whatsapp/WhatsApp/Media/WhatsApp Voice Notes/202611/PTT-1.flac",
    "WhatsApp/Media/WhatsApp Voice Notes/202611/PTT-20261101-WA0001.flac",
    "PTT-20261101-WA0001.flac",
    "Notifications/ping.flac",
    "Music/.hidden/secret.flac",
    ".Spotlight-V100/x.flac",
    ".recycle/user/deleted.flac",
    "#recycle/deleted.flac",
    "Music/@eaDir/Kept 0.flac/SYNOAUDIO.flac",
    "@Recycle/deleted.flac",
    "__MACOSX/Music/Kept 0.flac",
    "Backup.zip/Kept 0.flac",
)


@pytest.mark.parametrize("name", RUBBISH)
def test_rubbish_is_no_music(name: str) -> None:
    assert not is_music(f"usb-sda1/{name}")


@pytest.mark.parametrize(
    "uri",
    [
        "happy/Android Lust/1.flac",
        "happy/...And Justice for All/1.flac",
        "happy/The Recycler.flac",
        "happy/zip.flac",
        "happy/Mr. Zip/1. Zip.flac",
        "happy/$ign.flac",
        "http://radio.example/.hidden/stream.mp3",
        "album.cue/track0001",
    ],
)
def test_music_is_music(uri: str) -> None:
    assert is_music(uri)


def test_mpd_is_told_to_ignore_the_same() -> None:
    assert tuple(IGNORE.read_text(encoding="utf-8").splitlines()[1:]) == JUNK


@pytest.mark.parametrize("has_list", [True, False])
def test_of_a_stick_only_the_music_counts(has_list: bool, tmp_path: Path) -> None:
    """By its list MPD does not even read the rest; what another MPD lists, the box leaves out."""
    music, stick = tmp_path / "music", tmp_path / "stick"
    write_tone(stick / "Music" / "Kept 0.flac")
    for name in RUBBISH[:-1]:
        (stick / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(stick / "Music" / "Kept 0.flac", stick / name)
    shutil.make_archive(str(stick / "Backup"), "zip", stick / "Music", "Kept 0.flac")
    (music / "happy").mkdir(parents=True)
    (music / "happy" / "usb-sda1").symlink_to(stick)
    if has_list:
        shutil.copy(IGNORE, music / ".mpdignore")
    with PrivateMpd(tmp_path / "mpd", music) as mpd:
        client = connect(mpd.address, 0, None)
        listed = [song["file"] for song in client.listall() if "file" in song]
        library = Library({mood: Source(folder=mood) for mood in EMOTIONS}).read(client)
        disconnect(client)
    kept = ["happy/usb-sda1/Music/Kept 0.flac"]
    assert [song.uri for song in library.everything] == kept
    assert [song.uri for song in library.by_mood["happy"]] == kept
    assert (listed == kept) == has_list
