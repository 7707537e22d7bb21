"""Make the configuration of the box's own MPD from our settings and the sound cards that are there.

python -m appliance.machine.mpd_config --write FILE      before MPD starts, see systemd/moodbox-mpd.service
python -m appliance.machine.mpd_config --differs FILE    status 0 if it would be another one now, 1 if not

Only the standard library: this runs at boot before any music. It never fails for what a person wrote; the
service reports wrong settings, and MPD plays all the same.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.files.whole import first_line, write_whole
from appliance.machine.settings_file import DEFAULTS, SYSTEM_FILE, table

PASSWORD = Path("/etc/moodbox/mpd-password")
"""The file of the password that clients on the network must know; made by the installer."""
ASOUND = Path("/proc/asound")

FIXED = """\
# Made by moodbox-mpd.service from /etc/moodbox/moodbox.toml; changes here are lost.
music_directory "/var/lib/moodbox/music"
playlist_directory "/var/lib/moodbox/mpd/playlists"
db_file "/var/lib/moodbox/mpd/database"
sticker_file "/var/lib/moodbox/mpd/stickers"
# In RAM: the queue outlives MPD, not the machine. The box itself remembers what played.
state_file "/run/mpd/state"
state_file_interval "10"
bind_to_address "/run/mpd/socket"
local_permissions "read,add,player,control,admin"
# Songs that are copied into the folder are found by themselves.
auto_update "yes"
filesystem_charset "UTF-8"
metadata_to_use "+comment"
# A journal is not a diary: MPD writes down every song at its usual level, one that it cannot play at any,
# and a song's folder is a mood. What is wrong with this file is in the journal all the same.
log_file "/dev/null"
# "auto" would be the album's gain, for MPD's own random is never on here: one song 9 dB louder than the next.
replaygain "track"
# What people add, such as an output for more rooms (docs/many-rooms.md); root's own, and it may be missing.
include_optional "/etc/moodbox.d/mpd-extra.conf"
"""

UNTAGGED = """\
replaygain_missing_preamp "{db:g}"
"""

# `default_permissions` are those of clients on the network who have not said the password: none.
NETWORK = """\
bind_to_address "any"
port "6600"
password "{password}@read,add,player,control{more}"
default_permissions ""
zeroconf_enabled "yes"
zeroconf_name "Moodbox"
"""

ALONE = """\
default_permissions ""
zeroconf_enabled "no"
"""

CARD = """\
audio_output {{
  type "alsa"
  name "{card}"
  device "default:CARD={card}"
  mixer_type "software"
}}
"""

# Keeps the music going, unheard, while there is no card or it does not work: the box then needs no other way.
NOTHING = """\
audio_output {
  type "null"
  name "nothing"
  mixer_type "software"
}
"""


@dataclass(frozen=True)
class Card:
    """A sound card that can play."""

    name: str
    """ALSA's id of the card; stays the same whatever else is plugged in, which its number does not."""
    driver: str


def configuration(settings: dict[str, Any], cards: Sequence[Card], password: str | None) -> str:
    """Return the text of mpd.conf.

    settings: the table `mpd`. password: what network clients must know; without one the network stays out.
    """
    card = choose(cards, settings.get("output", "auto"))
    parts = [FIXED, *_untagged(settings.get("untagged_db"))]
    if settings.get("network") is True and password:
        more = ",admin" if settings.get("network_likes") is True else ""  # MPD's right to write stickers
        parts.append(NETWORK.format(password=password, more=more))
    else:
        parts.append(ALONE)
    if card:
        parts.append(CARD.format(card=card.name))
    return "".join([*parts, NOTHING])


def _untagged(db: object) -> list[str]:
    """Return the line for songs without ReplayGain tags; none for what MPD would refuse to start with."""
    is_gain = isinstance(db, int | float) and not isinstance(db, bool) and -15 <= db <= 15
    return [UNTAGGED.format(db=db)] if is_gain else []


def choose(cards: Sequence[Card], wanted: object) -> Card | None:
    """Return the card of that name; for "auto" a DAC or USB card before the headphone jack, and HDMI last."""
    if wanted != "auto":
        return next((card for card in cards if card.name == wanted), None)
    return min(cards, key=_rank, default=None)


def _rank(card: Card) -> int:
    """Rank a card, 0 first: whoever buys a DAC wants to hear it; an HDMI screen often has no loudspeaker."""
    known = f"{card.name} {card.driver}".lower()
    return 2 if "hdmi" in known else 1 if "headphones" in known or "bcm2835" in known else 0


def find_cards(asound: Path = ASOUND) -> list[Card]:
    """Return every card that can play, in ALSA's order. A webcam's microphone, a card too, is left out."""
    cards = []
    for folder in sorted(asound.glob("card[0-9]*"), key=lambda path: int(path.name[4:])):
        try:
            name = (folder / "id").read_text(encoding="ascii").strip()
            driver = " ".join(line.strip() for line in _lines_about(name, asound))
        except (OSError, UnicodeError):  # unplugged while we look
            continue
        if any(folder.glob("pcm*p")):
            cards.append(Card(name, driver))
    return cards


def _lines_about(name: str, asound: Path) -> list[str]:
    lines = (asound / "cards").read_text(encoding="utf-8", errors="replace").splitlines()
    # The kernel pads each name to 15 characters there: so "Audio" is not found in "Audio_1".
    return [line for line in lines if f"[{name.ljust(15)}]" in line]


def read_settings(*files: Path) -> dict[str, Any]:
    """Return the files' table `mpd`, the later ones over the earlier; what cannot be read is left out."""
    return table(
        "mpd", *files, say=lambda why: print(f"{why}; its settings for MPD are not used", file=sys.stderr)
    )


def read_password(file: Path = PASSWORD) -> str | None:
    """Return the password in the file; None when there is none, or when MPD would misread it."""
    try:
        found = first_line(file)
    except (OSError, ValueError):
        return None
    # Between quotes, mpd.conf gives `"` and `\` a meaning; `@` ends the password, see NETWORK.
    return None if found is None or set(found) & set('"\\@') else found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line once. Returns the exit status."""
    parser = argparse.ArgumentParser(description="Make the configuration of the box's own MPD.")
    parser.add_argument("--settings", type=Path, default=SYSTEM_FILE, help="default: %(default)s")
    parser.add_argument("--password", type=Path, default=PASSWORD, help="default: %(default)s")
    parser.add_argument("--asound", type=Path, default=ASOUND, help=argparse.SUPPRESS)
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--write", type=Path, metavar="FILE")
    action.add_argument("--differs", type=Path, metavar="FILE", help="status 0 if FILE would change, else 1")
    options = parser.parse_args(arguments)
    settings = read_settings(DEFAULTS, options.settings)
    text = configuration(settings, find_cards(options.asound), read_password(options.password))
    if options.write:
        write_whole(options.write, text.encode(), 0o600)  # the password is in it
        return 0
    try:
        # 0, a shell's "true", where they differ.
        return int(options.differs.read_text(encoding="utf-8") == text)
    except OSError:  # no such file yet: it would change
        return 0


if __name__ == "__main__":
    sys.exit(main())
