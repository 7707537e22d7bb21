"""The page and the REST interface: Flask behind cheroot, in threads of their own. Begin with `page.py`.

They read the newest `Snapshot` and put commands into the inbox, as every part does. `interface` says what
they may touch of the box, `auth/` who may touch it; `http/` has connections, `routes/` what may be asked for,
`openapi/` the same for machines, `live/` what viewers watch, `care/` what an owner does.
docs/decisions/web-server.md has why cheroot.
"""
