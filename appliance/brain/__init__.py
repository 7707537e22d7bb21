"""What the box does: events and state become actions. Begin with `brain.py`."""

from appliance.brain.brain import Brain

__all__ = ["Brain"]
