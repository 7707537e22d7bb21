"""How a bundle and its signature get onto the box: from a file, or over HTTPS."""

from __future__ import annotations

import os
import shutil
import ssl
import stat
import time
import urllib.error
import urllib.request
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit, urlunsplit

from appliance.errors import UpdateFailed
from appliance.update.bundle import SUFFIX

LARGEST = 500_000_000
"""Bytes; a bundle with all its packages has about 100 million."""
LARGEST_SIGNATURE = 10_000
CHUNK = 1 << 16
SILENCE_S = 30.0
"""Seconds for which a server may say nothing."""
WHOLE_S = 3600.0
"""For a bundle over a slow line."""


def fetch(
    place: str,
    folder: Path,
    trusted: ssl.SSLContext | None = None,
    largest: int = LARGEST,
    within_s: float = WHOLE_S,
) -> tuple[Path, Path]:
    """Bring bundle and signature into a fresh folder that is ours: what is verified there nobody can change.

    place: a file, or an https address; the signature is beside it, its name ending in ".sig".
    trusted: for HTTPS; the system's certificates by default. largest: bytes that the bundle may have.
    within_s: how long each of the two files may take.
    Raises UpdateFailed.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    bundle, signature = folder / "bundle.tar", folder / ("bundle.tar" + SUFFIX)
    if "://" in place:
        parts = urlsplit(place)
        beside = urlunsplit(parts._replace(path=parts.path + SUFFIX))
        _download(beside, signature, LARGEST_SIGNATURE, within_s, trusted)
        _download(place, bundle, largest, within_s, trusted)
    else:
        _copy(Path(place + SUFFIX), signature, LARGEST_SIGNATURE, within_s)
        _copy(Path(place), bundle, largest, within_s)
    return bundle, signature


def _copy(path: Path, target: Path, most: int, within_s: float) -> None:
    try:
        # Not waited for: a pipe in the file's place has no end.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as source:
            if not stat.S_ISREG(os.fstat(source.fileno()).st_mode):
                raise UpdateFailed(f"{path}: not a file; nothing was changed")
            _write(source, target, most, within_s, str(path))
    except OSError as error:
        raise UpdateFailed(f"{path}: {error.strerror}; nothing was changed") from error


def _download(address: str, target: Path, most: int, within_s: float, trusted: ssl.SSLContext | None) -> None:
    handler = urllib.request.HTTPSHandler(context=trusted or ssl.create_default_context())
    opener = urllib.request.build_opener(handler, _StaysWithHttps)
    try:
        _must_be_https(address)
        with opener.open(address, timeout=SILENCE_S) as source:
            told = source.headers.get("Content-Length")
            _write(source, target, most, within_s, address)
            if told is not None and target.stat().st_size != int(told):
                raise UpdateFailed(f"{address}: the connection ended before its end; try again")
    except (OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise UpdateFailed(f"{address}: {reason}; nothing was changed") from error


def _write(source: IO[bytes], target: Path, most: int, within_s: float, name: str) -> None:
    deadline, left = time.monotonic() + within_s, most
    with target.open("xb") as file:
        while chunk := source.read(min(CHUNK, left + 1)):
            left -= len(chunk)
            if left < 0:
                raise UpdateFailed(f"{name}: larger than {most:,} bytes, so it is none of ours")
            if time.monotonic() > deadline:
                raise UpdateFailed(f"{name}: not here after {within_s:g} s; nothing was changed")
            file.write(chunk)


def _must_be_https(address: str) -> None:
    if urlsplit(address).scheme != "https":
        raise UpdateFailed(f"{address}: only https:// and files are taken")


class _StaysWithHttps(urllib.request.HTTPRedirectHandler):
    """A server may send us elsewhere, but not to where others can listen or answer."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        _must_be_https(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)
