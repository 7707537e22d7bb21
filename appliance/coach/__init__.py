"""The library coach: hears each song once, and says which mood it suits. Begin with `placing.py`.

`scan.py` hears, in a process of its own; `shelf.py` keeps what was heard; `places.py` tells the running box.
"""
