"""The page: whether anything answers where it should be served."""

from __future__ import annotations

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
        status = _ask(host, page.port, is_tls=bool(page.certificate))
    except (OSError, http.client.HTTPException) as error:
        return [ill(NAME, f"nothing answers at {place} ({error}); see {ways().state}")]
    if status >= 500:
        return [ill(NAME, f"{place} answers {status}; see {ways().log}")]
    return [well(NAME, place)]


def _missing() -> str | None:
    """Say which of the page's packages is missing; None when none is."""
    try:
        import appliance.web.page  # noqa: F401
    except ImportError as error:
        return str(error)
    return None


def _ask(host: str, port: int, is_tls: bool) -> int:
    """The status of the start page. The certificate is the box's own, for another name than this."""
    link: http.client.HTTPConnection
    if is_tls:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        link = http.client.HTTPSConnection(host, port, timeout=PATIENCE_S, context=context)
    else:
        link = http.client.HTTPConnection(host, port, timeout=PATIENCE_S)
    try:
        link.request("GET", "/")
        return link.getresponse().status
    finally:
        link.close()
