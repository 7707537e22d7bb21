"""Flask behind cheroot: what comes over a connection, and which route answers it. Begin with `app.py`."""
