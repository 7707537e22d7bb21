"""The only room that speaks MPD. Begin with `player.py`; `library.py` serves the page, beside it."""

from appliance.player.player import Player
from appliance.player.songs import Source

__all__ = ["Player", "Source"]
