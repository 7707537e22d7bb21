"""Frames, from a real camera or a recording. Begin with `camera.py`."""

from appliance.camera.camera import Camera, first_that_works, open_camera
from appliance.camera.pictures import Shape, to_frame

__all__ = ["Camera", "Shape", "first_that_works", "open_camera", "to_frame"]
