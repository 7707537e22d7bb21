"""Buttons, dial and light on the Pi's header. Begin with `panel.py`."""

from appliance.panel.panel import Panel

__all__ = ["Panel"]
