"""Moodbox: music that fits the face in front of it. Start reading at `service/service.py`."""

__version__ = "0.1.0"
