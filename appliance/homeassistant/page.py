"""The link to the box's page that Home Assistant shows: by address, because names are guessed.

Two boxes of one name in the house, or a network without mDNS, and the link would open another box, or none.
"""

from __future__ import annotations

import ipaddress
import socket

from appliance.config import Config
from appliance.homeassistant.entities import HERE

ELSEWHERE = ("192.0.2.1", "2001:db8::1")
"""Addresses of nobody (RFC 5737, RFC 3849): the way to them is the default route."""


def page_of(config: Config) -> str:
    """Return the page's address for people at home, perhaps with HERE in it; empty if it is not for them."""
    page = config.page
    if not page.enabled or page.address == "localhost" or _is_loopback(page.address):
        return ""
    listens_everywhere = page.address in ("all", "0.0.0.0", "::")  # nosec B104 # compared, not bound
    host = HERE if listens_everywhere else _in_link(page.address)
    return f"{'https' if page.certificate else 'http'}://{host}:{page.port}"


def host_of(own: str) -> str:
    """Return what takes HERE's place. own: the address of our end of the connection to the broker."""
    if not _is_loopback(own) and not own.startswith("fe80:"):  # that one counts on its own cable only
        return _in_link(own)
    for address in ELSEWHERE:  # the broker is on the box itself: take the address of the default route
        try:
            with socket.socket(
                socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM
            ) as way:
                way.connect((address, 9))  # asks the routes; sends nothing
                return _in_link(str(way.getsockname()[0]))
        except OSError:
            continue
    return f"{socket.gethostname()}.local"


def _is_loopback(host: str) -> bool:
    try:
        return _plain(host).is_loopback
    except ValueError:
        return False


def _in_link(host: str) -> str:
    try:
        plain = str(_plain(host))
    except ValueError:  # a name
        return host
    return f"[{plain}]" if ":" in plain else plain


def _plain(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    address = ipaddress.ip_address(host.partition("%")[0])
    return getattr(address, "ipv4_mapped", None) or address
