"""The decisions of the box: events and state become actions. Begin with `brain.py`.

Its docstring names the files that keep state; `settings` is what all of them go by.
"""

from appliance.brain.brain import Brain

__all__ = ["Brain"]
