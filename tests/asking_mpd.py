"""What MPD itself says that it does, whatever the box says."""

from __future__ import annotations

from appliance.demo.private_mpd import PrivateMpd


def keep_playlist(mpd: PrivateMpd, name: str, *songs: str) -> None:
    """Have MPD keep a playlist, as a phone does; without songs, keep it no more."""
    client = mpd.client()
    try:
        for song in songs:
            client.playlistadd(name, song)
        if not songs:
            client.rm(name)
    finally:
        client.disconnect()


def what_mpd_does(mpd: PrivateMpd) -> dict[str, str]:
    """Its status, and the tags of the song that is current, as MPD has them."""
    client = mpd.client()
    try:
        status: dict[str, str] = client.status() | client.currentsong()
        return status
    finally:
        client.disconnect()
