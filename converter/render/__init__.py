"""Faces drawn from a morphable head, with exact truth about what they express. Begin with `face.py`."""
