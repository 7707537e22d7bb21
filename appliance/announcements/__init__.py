"""Makes announcements ready for MPD: a part with the network outside. Begin with `announcements.py`.

MPD itself is told no address of anybody's: it would follow one to wherever it leads, also to the box itself.
"""

from appliance.announcements.announcements import Announcements

__all__ = ["Announcements"]
