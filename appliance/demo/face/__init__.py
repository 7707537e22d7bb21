"""The demo's listener, drawn: a face that goes through the seven emotions. Begin with `recording.py`."""
