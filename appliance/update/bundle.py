"""A release as one file: an uncompressed tar made by deploy/release.sh, and its signature beside it.

Nothing of a bundle is read before its signature is found good. Uncompressed, because wheels are compressed
already, and because such a file cannot unpack to more than itself.
"""

from __future__ import annotations

import json
import platform
import shutil
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from appliance.errors import UpdateFailed
from appliance.machine.upgrade import VERSION, numbers
from appliance.update.command import run

SUFFIX = ".sig"
SIGNER, NAMESPACE = "moodbox", "moodbox-release"
"""As deploy/release-keys names who may sign, and for what; see ALLOWED SIGNERS in ssh-keygen(1)."""
ABOUT = "about.json"
"""The first file of a bundle."""
FORM = 1
LONGEST_ABOUT = 10_000
MOST_FILES = 5000
VERIFY_S = 300.0


@dataclass(frozen=True)
class About:
    """The version of a bundle, and which Python and processor its packages are for."""

    version: str
    python: str | None
    """The Python that its packages are for, such as 3.11; None when it brings none and fits any."""
    machine: str | None
    """The processor that its packages are for, such as aarch64; None like `python`."""

    @property
    def kind(self) -> str:
        return f"Python {self.python} on {self.machine}" if self.python else "any Python and machine"


def verify(bundle: Path, signature: Path, keys: Path, place: str) -> None:
    """Check that one of the keys has signed these bytes. Raises UpdateFailed when none has.

    place: where they came from, for words about them.

    ssh-keygen: on every Raspberry Pi OS, knows several keys at a time, signs with an agent or a hardware key.
    """
    if not _has_keys(keys):
        raise UpdateFailed(f"{keys}: no key stands there, so no bundle can be trusted; see docs/install.md")
    command = ["ssh-keygen", "-Y", "verify", "-I", SIGNER, "-n", NAMESPACE]
    try:
        with bundle.open("rb") as content:
            run([*command, "-f", keys, "-s", signature], VERIFY_S, given=content)
    except UpdateFailed as error:
        raise UpdateFailed(
            f"{place}: not signed by a key of this release ({keys}), so nothing of it was used: {error}"
        ) from error


def _has_keys(keys: Path) -> bool:
    try:
        lines = keys.read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    return any(line.strip() and not line.startswith("#") for line in lines)


@contextmanager
def opened(bundle: Path) -> Iterator[tuple[tarfile.TarFile, About]]:
    """A verified bundle, and what it says of itself. Raises UpdateFailed when it is none."""
    try:
        with tarfile.open(bundle, "r:") as archive:
            yield archive, _about(archive)
    except (tarfile.TarError, EOFError, KeyError, TypeError, ValueError) as error:
        raise UpdateFailed(f"{bundle.name}: this is no bundle of Moodbox: {error}") from error


def _about(archive: tarfile.TarFile) -> About:
    member = archive.next()
    if member is None or PurePosixPath(member.name).name != ABOUT or member.size > LONGEST_ABOUT:
        raise ValueError(f"it does not begin with {ABOUT}")
    told = json.loads(_opened(archive, member).read())
    if told["moodbox_bundle"] != FORM:
        raise ValueError(f"its form is {told['moodbox_bundle']!r}, and this release knows {FORM}")
    about = About(told["version"], told["python"], told["machine"])
    if not VERSION.fullmatch(about.version):
        raise ValueError(f"its version is {about.version!r}")
    return about


def check_fits(about: About, running: str, may_downgrade: bool) -> None:
    """Check that the bundle is newer than `running`, and for this machine. Raises UpdateFailed when not."""
    if about.version == running:
        raise UpdateFailed(f"{running} is what runs already")
    if numbers(about.version) < numbers(running) and not may_downgrade:
        raise UpdateFailed(
            f"{about.version} is older than {running}, which runs; if you want that, add --downgrade"
        )
    ours = About(running, python_here(), machine_here())
    if about.python and (about.python, about.machine) != (ours.python, ours.machine):
        raise UpdateFailed(f"this bundle is for {about.kind}, and this box is {ours.kind}; take that one's")


def python_here() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def machine_here() -> str:
    """The processor as programs see it: a 64-bit kernel may run a 32-bit Raspberry Pi OS."""
    machine = platform.machine()
    return "armv7l" if machine == "aarch64" and sys.maxsize < 2**32 else machine


def unpack(archive: tarfile.TarFile, about: About, target: Path) -> None:
    """Write its files below a folder that is not there yet, and nowhere else.

    Raises UpdateFailed for anything that a bundle of ours would not have; OSError when the disk is full.
    """
    # By hand: Python 3.11.2, which is Debian 12's, has no extraction filters. Every name is checked first.
    members = archive.getmembers()
    inner = [_inner(member, f"moodbox-{about.version}") for member in members]
    if len(members) > MOST_FILES or len(set(inner)) < len(inner):
        raise UpdateFailed("too many files in the bundle, or the same twice; nothing was installed")
    for member, path in zip(members, inner, strict=True):
        place = target / path
        if member.isdir():
            place.mkdir(parents=True, exist_ok=True)
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("xb") as file:
            shutil.copyfileobj(_opened(archive, member), file)
        place.chmod(0o755 if member.mode & 0o100 else 0o644)


def _inner(member: tarfile.TarInfo, top: str) -> PurePosixPath:
    """Return the member's path below the bundle's one folder, `top`.

    Raises UpdateFailed for what is no plain file in there.
    """
    path = PurePosixPath(member.name)
    is_plain = member.type in (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.DIRTYPE) and member.sparse is None
    if not is_plain or ".." in path.parts or path.parts[:1] != (top,):
        raise UpdateFailed(f"{member.name!r}: only plain files in {top}/ are allowed; nothing was installed")
    return path.relative_to(top)


def _opened(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    file = archive.extractfile(member)
    if file is None:
        raise ValueError(f"{member.name!r} is no file")
    return file
