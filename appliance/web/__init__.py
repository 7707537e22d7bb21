"""The page and the REST interface: Flask behind cheroot, in threads of their own.

They read the newest `Snapshot` and put commands into the inbox, as every part does. `interface` says what
they may touch of the box, `door/guard` who may touch it; docs/decisions/web-server.md has why cheroot.
"""
