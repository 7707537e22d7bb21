"""The box as something that says what it is sent: an address of a sound, or a song of its library."""

from __future__ import annotations

from homeassistant.components.notify import NotifyEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .coordinator import BoxEntry, Coordinator

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: BoxEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add it to the box's device."""
    async_add_entities([Announcer(entry.runtime_data)])


class Announcer(CoordinatorEntity[Coordinator], NotifyEntity):
    """Announces, at the volume that the box's settings give it, as MQTT's entity of the same name does."""

    _attr_has_entity_name = True
    _attr_translation_key = "announce"

    def __init__(self, coordinator: Coordinator) -> None:
        super().__init__(coordinator)
        self._attr_unique_id = f"{coordinator.about['id']}_announce"
        self._attr_device_info = coordinator.device

    async def async_send_message(self, message: str, title: str | None = None) -> None:
        """Have the box play the sound that the message names; a title has no sound."""
        await self.coordinator.announce(message.strip())
