"""The loop of the box and what it puts together. Begin with `service.py`."""
