"""`moodbox update` and `moodbox rollback`: another release, and the way back. Begin with `update.py`."""

from appliance.update.health import settings_say
from appliance.update.offer import leave, leave_failure
from appliance.update.releases import Releases
from appliance.update.update import Installation, Patience, rollback, settle, update, update_to_newest

__all__ = [
    "Installation",
    "Patience",
    "Releases",
    "leave",
    "leave_failure",
    "rollback",
    "settings_say",
    "settle",
    "update",
    "update_to_newest",
]
