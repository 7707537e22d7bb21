"""The live view: the picture, the state as it changes, the last minutes. Begin with `viewers.py`."""
