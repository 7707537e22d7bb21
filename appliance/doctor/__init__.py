"""`moodbox doctor`: what works, what does not, and the fix. Begin with `doctor.py`."""

from appliance.doctor.check import Check
from appliance.doctor.doctor import examine, run

__all__ = ["Check", "examine", "run"]
