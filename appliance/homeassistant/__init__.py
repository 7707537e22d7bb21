"""The box in Home Assistant, over MQTT: an optional part. Begin with `homeassistant.py`.

Only `session` speaks paho, and imports it when a connection is made.
"""

from appliance.homeassistant.homeassistant import HomeAssistant, open_part

__all__ = ["HomeAssistant", "open_part"]
