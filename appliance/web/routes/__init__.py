"""The REST routes: each file adds its own to the app. Begin with `box.py`."""
