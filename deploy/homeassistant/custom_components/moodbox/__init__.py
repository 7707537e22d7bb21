"""Moodbox: a box that plays music fitting the face in front of it, as a media player that also announces."""

from __future__ import annotations

import re

from homeassistant.const import CONF_TOKEN, CONF_URL, Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryAuthFailed, ConfigEntryNotReady
from homeassistant.helpers import issue_registry
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.loader import async_get_integration

from .client import BoxError, Client, NotAllowed, OtherCertificate, SpeaksTls
from .const import CONF_FINGERPRINT, DOMAIN
from .coordinator import BoxEntry, Coordinator

PLATFORMS = [Platform.MEDIA_PLAYER, Platform.NOTIFY]


async def async_setup_entry(hass: HomeAssistant, entry: BoxEntry) -> bool:
    """Connect to the box, and follow it from now on."""
    kept = entry.data[CONF_URL], entry.data[CONF_TOKEN], entry.data.get(CONF_FINGERPRINT, "")
    client = Client(async_get_clientsession(hass), *kept)
    try:
        about, state = await client.get("box"), await client.get("state")
    except NotAllowed as error:
        raise ConfigEntryAuthFailed(str(error)) from error
    except (OtherCertificate, SpeaksTls) as error:
        told = {"url": client.url, "error": str(error)}
        raise ConfigEntryAuthFailed(
            translation_domain=DOMAIN, translation_key="other_certificate", translation_placeholders=told
        ) from error
    except BoxError as error:
        raise ConfigEntryNotReady(str(error)) from error
    entry.runtime_data = Coordinator(hass, entry, client, about, state)
    await _compare(hass, entry)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    entry.async_create_background_task(hass, entry.runtime_data.follow(), f"{entry.title}: its events")
    return True


async def async_unload_entry(hass: HomeAssistant, entry: BoxEntry) -> bool:
    """Let go of the box; the task that follows it ends with the entry."""
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, entry: BoxEntry) -> None:
    """Forget what was said of the box. Its token stays valid until its owner takes it back on the page."""
    issue_registry.async_delete_issue(hass, DOMAIN, f"version_{entry.entry_id}")


async def _compare(hass: HomeAssistant, entry: BoxEntry) -> None:
    """Tell the owner of a box that is of another release than this integration, which came with one."""
    box = entry.runtime_data.about["version"]
    ours = str((await async_get_integration(hass, DOMAIN)).version)
    issue = f"version_{entry.entry_id}"
    if _release(box) == _release(ours):
        issue_registry.async_delete_issue(hass, DOMAIN, issue)
        return
    issue_registry.async_create_issue(
        hass,
        DOMAIN,
        issue,
        is_fixable=False,
        severity=issue_registry.IssueSeverity.WARNING,
        translation_key="box_is_newer" if _release(box) > _release(ours) else "box_is_older",
        translation_placeholders={"name": entry.title, "box": box, "ours": ours},
    )


def _release(version: str) -> tuple[int, ...]:
    """Return the part of a version that says what a box can do: 1.4 of 1.4.2."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])
