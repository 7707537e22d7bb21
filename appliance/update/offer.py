"""The newest release at the address that the settings name: which it is, and which of its bundles is ours.

`latest.json` lies there beside the bundles, signed as they are (deploy/release.sh). It decides only what is
looked at: a bundle is verified by itself, and an older one is refused.
"""

from __future__ import annotations

import json
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path

from appliance.errors import UpdateFailed
from appliance.files.whole import write_whole
from appliance.machine.upgrade import LONGEST, OFFER, VERSION, news
from appliance.update import arrival, bundle

LATEST = "latest.json"
FORM = 1
LONGEST_NOTES = 4000
WITHIN_S = 60.0
"""For each of the two small files."""
ANY = "any"


@dataclass(frozen=True)
class Offer:
    """The newest release at an address."""

    version: str
    notes: str
    place: str
    """Address of the bundle for this machine."""
    page: str
    """Address of its changelog."""


def look(address: str, keys: Path, trusted: ssl.SSLContext | None = None) -> Offer:
    """Ask the address. keys: of the release that runs. Raises UpdateFailed."""
    if not address.startswith("https://"):
        raise UpdateFailed("update.address in the settings names no https:// address to look at")
    base = address.rstrip("/")
    with tempfile.TemporaryDirectory(prefix="moodbox-look-") as folder:
        told, signature = arrival.fetch(f"{base}/{LATEST}", Path(folder, "in"), trusted, LONGEST, WITHIN_S)
        bundle.verify(told, signature, keys, f"{base}/{LATEST}")
        return _offer(base, told.read_bytes())


def leave(offer: Offer, path: Path = OFFER) -> None:
    """Leave it for the box to read. Raises OSError."""
    told = {"version": offer.version, "notes": offer.notes[:LONGEST_NOTES], "page": offer.page}
    write_whole(path, json.dumps(told).encode(), 0o644)


def leave_failure(reason: str, path: Path = OFFER) -> None:
    """Leave why a look has failed, beside what was known before it. Raises OSError."""
    known = news(path)
    told = {"version": known.latest, "notes": known.notes, "page": known.page, "failed": reason}
    write_whole(path, json.dumps(told).encode(), 0o644)


def _offer(base: str, content: bytes) -> Offer:
    try:
        told = json.loads(content)
        if told["moodbox_latest"] != FORM:
            raise ValueError(f"its form is {told['moodbox_latest']!r}, and this release knows {FORM}")
        version, notes, kinds = str(told["version"]), str(told["notes"]), [*map(str, told["kinds"])]
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise UpdateFailed(f"{base}/{LATEST}: it names no release: {error}") from error
    if not VERSION.fullmatch(version):
        raise UpdateFailed(f"{base}/{LATEST}: its version is {version!r}")
    ours = f"{bundle.python_here()}-{bundle.machine_here()}"
    if ours not in kinds and ANY not in kinds:
        raise UpdateFailed(f"{base}/{LATEST}: {version} has no bundle for {ours}")
    name = f"moodbox-{version}-{ours}.tar" if ours in kinds else f"moodbox-{version}.tar"
    return Offer(version, notes, f"{base}/{name}", f"{base}/moodbox-{version}.md")
