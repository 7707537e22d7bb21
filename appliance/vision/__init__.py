"""The thread that joins camera, detector and classifier. Begin with `vision.py`."""

from appliance.vision.listener import Detector, Listener, looks_needed
from appliance.vision.vision import Eyes, Vision

__all__ = ["Detector", "Eyes", "Listener", "Vision", "looks_needed"]
