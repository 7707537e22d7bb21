"""Moodbox: a box that plays music fitting the face in front of it, as a media player that also announces."""

from __future__ import annotations

from homeassistant.const import CONF_TOKEN, CONF_URL, CONF_VERIFY_SSL, Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryAuthFailed, ConfigEntryNotReady
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from .client import BoxError, Client, NotAllowed
from .coordinator import BoxEntry, Coordinator

PLATFORMS = [Platform.MEDIA_PLAYER, Platform.NOTIFY]


async def async_setup_entry(hass: HomeAssistant, entry: BoxEntry) -> bool:
    """Connect to the box, and follow it from now on."""
    session = async_get_clientsession(hass, entry.data.get(CONF_VERIFY_SSL, True))
    client = Client(session, entry.data[CONF_URL], entry.data[CONF_TOKEN])
    try:
        about, state = await client.get("box"), await client.get("state")
    except NotAllowed as error:
        raise ConfigEntryAuthFailed(str(error)) from error
    except BoxError as error:
        raise ConfigEntryNotReady(str(error)) from error
    entry.runtime_data = Coordinator(hass, entry, client, about, state)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    entry.async_create_background_task(hass, entry.runtime_data.follow(), f"{entry.title}: its events")
    return True


async def async_unload_entry(hass: HomeAssistant, entry: BoxEntry) -> bool:
    """Let go of the box; the task that follows it ends with the entry."""
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
