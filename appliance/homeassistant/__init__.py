"""The edge to Home Assistant, over MQTT. Begin with `homeassistant.py`.

Only `session` speaks paho, and imports it when a connection is made.
"""

from appliance.homeassistant.homeassistant import HomeAssistant, open_edge

__all__ = ["HomeAssistant", "open_edge"]
