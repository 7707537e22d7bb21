"""`moodbox doctor`: what works, what does not, and the fix. Begin with `doctor.py`."""

from appliance.doctor.check import Check
from appliance.doctor.doctor import examine, run, visits
from appliance.doctor.holders import look_around

__all__ = ["Check", "examine", "look_around", "run", "visits"]
