"""A publisher's web server for a booted box, `publisher.py FOLDER CERTIFICATE KEY PORT`."""

from __future__ import annotations

import functools
import http.server
import ssl
import sys


def serve(folder: str, certificate: str, key: str, port: int) -> None:
    """Serve the files of a folder over TLS, on the loopback."""
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trust.load_cert_chain(certificate, key)
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=folder)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.socket = trust.wrap_socket(server.socket, server_side=True)
    server.serve_forever()


if __name__ == "__main__":
    _, folder, certificate, key, port = sys.argv
    serve(folder, certificate, key, int(port))
