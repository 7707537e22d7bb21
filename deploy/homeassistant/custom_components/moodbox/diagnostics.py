"""What a report of a fault may have: how the box is, and nothing of who lives there or what they hear."""

from __future__ import annotations

from typing import Any

from homeassistant.const import CONF_URL
from homeassistant.core import HomeAssistant
from yarl import URL

from .const import CONF_FINGERPRINT
from .coordinator import BoxEntry

ABOUT = ("version", "model", "hardware")
STATE = (
    *("playing", "volume", "muted", "camera", "camera_kept", "quiet", "announcing", "guest", "guest_waits"),
    *("modes", "announcement_failed", "degraded"),
)
"""Named one by one: what the box will tell tomorrow is not in it by itself."""


async def async_get_config_entry_diagnostics(hass: HomeAssistant, entry: BoxEntry) -> dict[str, Any]:
    """Return the entry, the machine and the state without token, address, people, faces, moods or songs."""
    coordinator = entry.runtime_data
    return {
        "scheme": URL(entry.data[CONF_URL]).scheme,
        "certificate_kept": bool(entry.data.get(CONF_FINGERPRINT)),
        "connected": coordinator.last_update_success,
        "error": type(coordinator.last_exception).__name__ if coordinator.last_exception else None,
        "box": {name: coordinator.about[name] for name in ABOUT},
        "state": {name: coordinator.data[name] for name in STATE},
        "songs_up_next": len(coordinator.data["up_next"]),
        "playlists": len(coordinator.data.get("playlists", ())),
        "persons": len(coordinator.data["persons"]),
    }
