"""The names by which the box may be called.

A page of a foreign name that is made to point at the box ("DNS rebinding") must not get at it. So those
names are ours whose endings no stranger can register; any other is the owner's to say.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Sequence
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from appliance.machine.machine import ways

ENDINGS = ("local", "lan", "home", "home.arpa", "internal", "localdomain", "intranet", "private", "fritz.box")
"""Endings of names in a house: mDNS's (RFC 6762), what routers give, and what nobody can register (RFC 8375,
ICANN's `internal`). fritz.box belongs to the maker of those routers."""
RENAMED = re.compile(r"(.+)-[0-9]{1,3}")
"""What avahi makes of a name that another box in the house has already: moodbox-2."""
RESOLVER = Path("/etc/resolv.conf")
LONGEST_NAME = 253
CODE = re.compile(r"`([^`]*)`")

REFUSED = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Moodbox</title>
<h1>This Moodbox does not know the name {name}</h1>
<p>It answers at its address: <a href="{address}">{address}</a></p>
<p>If {name} is a name of yours for it, as behind a reverse proxy, tell the box so. In its settings, under
<b>page</b>, add it to <b>hosts</b>; or write into its settings file, on a box /etc/moodbox/moodbox.toml,</p>
<pre>[page]
hosts = ["{name}"]</pre>
<p>and {restart}.</p>
</html>
"""
"""What a person gets to read instead of JSON: no script, nothing of the box but its address."""


def own_names(more: Sequence[str], resolver: Path = RESOLVER) -> frozenset[str]:
    """Return the names by which the box may be called, with the owner's: `more`.

    They are asked for anew at each request: a host may be renamed while it runs.
    """
    host = socket.gethostname().lower()
    bare = host.partition(".")[0]
    bares = {bare, "moodbox"}
    endings = {*ENDINGS, *_search(resolver)}
    return frozenset(
        {"localhost", host, *bares}
        | {f"{name}.{ending}" for name in bares for ending in endings}
        | {name.lower().rstrip(".") for name in more}
    )


def _search(resolver: Path) -> set[str]:
    """Return the endings that this network's router gives to the names in it.

    One that is a whole public domain is taken, too: whoever says what the network's names are could send us
    anywhere.
    """
    try:
        lines = resolver.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return set()
    words = [line.lower().split() for line in lines]
    found = {word.strip(".") for line in words if line[:1] in (["search"], ["domain"]) for word in line[1:]}
    return found - {""}


def is_our_name(host: str, names: frozenset[str]) -> bool:
    """Return whether the Host header is an address or one of our names."""
    name = _name_in(host)
    if name is None:
        return False
    try:
        ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return name in names or _first_name(name) in names
    return True


def _first_name(name: str) -> str:
    """Return the name that avahi has numbered, moodbox.local for moodbox-2.local; any other as it is."""
    first, dot, ending = name.partition(".")
    numbered = RENAMED.fullmatch(first)
    return f"{numbered[1]}{dot}{ending}" if numbered and ending in ("", *ENDINGS) else name


def _name_in(host: str) -> str | None:
    """Return the name in a Host header, without port; None when the header is malformed."""
    if len(host) > LONGEST_NAME + 6 or any(character in host for character in "/@?#\\ "):
        return None
    try:
        parts = urlsplit(f"//{host}")
        parts.port  # noqa: B018  raises when it is no number
    except ValueError:
        return None
    return (parts.hostname or "").rstrip(".")


def refusal(host: str, scheme: str, port: int, visitor: str) -> str:
    """Return a page that says which name is wrong and what helps. visitor: the address it is asked from."""
    name = _name_in(host) or "…"
    address = f"{scheme}://{own_address(visitor)}:{port}/"
    restart = CODE.sub(r"<code>\1</code>", escape(ways().restart))
    return REFUSED.format(name=escape(name), address=escape(address), restart=restart)


def own_address(visitor: str) -> str:
    """Return our address as this visitor reaches it, as it stands in a link."""
    address = ipaddress.ip_address(visitor.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None) or address
    family = socket.AF_INET6 if mapped.version == 6 else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((str(mapped), 9))  # asks the routes; sends nothing
            own = str(probe.getsockname()[0])
    except OSError:  # of an address that only counts on its own cable
        return f"{socket.gethostname()}.local"
    return f"[{own}]" if ":" in own else own
