"""The page: whether anything answers where it should be served."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import ssl

from appliance.config import Config
from appliance.doctor.check import Check, ill, well
from appliance.machine.machine import ways

NAME = "page"
PATIENCE_S = 5.0


def checks(config: Config) -> list[Check]:
    page = config.page
    if not page.enabled:
        return [well(NAME, "none wanted (page.enabled = false)")]
    missing = _missing()
    if missing:  # whatever answers there is another program, or a page that does not outlive its service
        return [ill(NAME, f"{missing}; {ways().packages}, or set page.enabled = false")]
    host = "127.0.0.1" if page.address == "all" else page.address
    kind = "https" if page.certificate else "http"
    place = f"{kind}://{host}:{page.port}/"
    try:
        status, certificate = _ask(host, page.port, is_tls=bool(page.certificate))
    except (OSError, http.client.HTTPException) as error:
        return [ill(NAME, f"nothing answers at {place} ({error}); see {ways().state}")]
    if status >= 500:
        return [ill(NAME, f"{place} answers {status}; see {ways().log}")]
    shown = f", certificate SHA-256 {_fingerprint(certificate)}" if certificate else ""
    return [well(NAME, f"{place}{shown}")]


def _missing() -> str | None:
    """Say which of the page's packages is missing; None when none is."""
    try:
        import appliance.web.page  # noqa: F401
    except ImportError as error:
        return str(error)
    return None


def _ask(host: str, port: int, is_tls: bool) -> tuple[int, bytes]:
    """The status of the start page and, with TLS, its certificate (DER), which has another name than this."""
    if not is_tls:
        link = http.client.HTTPConnection(host, port, timeout=PATIENCE_S)
        with contextlib.closing(link):
            link.request("GET", "/")
            return link.getresponse().status, b""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    secure = http.client.HTTPSConnection(host, port, timeout=PATIENCE_S, context=context)
    with contextlib.closing(secure):
        secure.connect()
        certificate = secure.sock.getpeercert(binary_form=True) or b""
        secure.request("GET", "/")
        return secure.getresponse().status, certificate


def _fingerprint(certificate: bytes) -> str:
    """Spell it as browsers and Home Assistant do, who show what they have been shown."""
    return hashlib.sha256(certificate).digest().hex(":").upper()
