"""The main job on a recording: what `moodbox demo` runs. Begin with `show.py`."""
