"""What MPD itself says that it does, whatever the box says."""

from __future__ import annotations

from appliance.demo.private_mpd import PrivateMpd


def what_mpd_does(mpd: PrivateMpd) -> dict[str, str]:
    """Its status, and the tags of the song that is current, as MPD has them."""
    client = mpd.client()
    try:
        status: dict[str, str] = client.status() | client.currentsong()
        return status
    finally:
        client.disconnect()
