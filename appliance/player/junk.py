"""Tells music from what only lies among it: MPD lists all that it can play, also what was thrown away.

deploy/mpdignore holds the same patterns for the box's own MPD, so that it does not even read these.
"""

from __future__ import annotations

import re
from fnmatch import translate

JUNK = (
    ".[!.]*",  # hidden: a Mac's twins, wastebaskets, uploads under way; not "...And Justice for All"
    "__MACOSX",
    "$RECYCLE.BIN",
    "$Recycle.Bin",
    "RECYCLER",
    "RECYCLED",
    "System Volume Information",
    "FOUND.[0-9][0-9][0-9]",
    "lost+found",
    "@eaDir",  # Synology's and QNAP's, which also have #recycle and #snapshot; "#" begins a comment
    "@Recycle",
    "@Recently-Snapshot",
    "?recycle",
    "?snapshot",
    "Android",  # a phone's: what its apps keep, films of its camera, its sounds
    "DCIM",
    "VIDEO_TS",
    "Alarms",
    "Notifications",
    "Ringtones",
    "WhatsApp Voice Notes",
    "Voice Notes",
    "Voice Recorder",
    "PTT-*-WA*",
    "*.zip",  # a copy of songs, mostly of those beside it
    "*.ZIP",
    "*.iso",
    "*.ISO",
    "*.bz2",
)
"""Names of files and folders, as .mpdignore has them; what lies in such a folder is none either."""

_MATCH = re.compile("|".join(map(translate, JUNK)), re.IGNORECASE)


def is_music(uri: str) -> bool:
    """Whether a song that MPD lists is one that people want to hear."""
    return "://" in uri or not any(map(_MATCH.match, uri.split("/")))
