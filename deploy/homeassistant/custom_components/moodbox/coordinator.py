"""Follows the box: it says itself when something has changed."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, TypeAlias

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.device_registry import CONNECTION_NETWORK_MAC, DeviceInfo
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util import dt as dt_util

from .client import BoxError, Client, NotAllowed, OtherCertificate, Refused, SpeaksTls
from .const import DOMAIN

_LOGGER = logging.getLogger(__name__)
PAUSES_S = (1, 2, 5, 10, 30)
"""Between two tries to reach a box that is gone; the last one for good."""
JUMP_S = 2.0
"""A place in the song that is this far from where it must be by now was chosen by somebody."""
HEARD_S = 15.0
"""An announcement begins within so many seconds, unless others come first: the box fetches it in ten."""
SURE_S = 3.0
"""The music fades first; what MPD does not play then is known by now."""
WATCHED = (
    *("playing", "song", "song_id", "song_mood", "why", "duration_s", "volume", "muted"),
    *("by_hand", "person", "persons", "playlist", "playlists", "up_next", "version"),
    *("announcing", "announcement_failed"),
)
"""What is shown, or waited for. Faces and figures of the mood change several times a second."""


class Coordinator(DataUpdateCoordinator[dict[str, Any]]):
    """The box's state, as it was told last."""

    config_entry: ConfigEntry[Coordinator]

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Coordinator],
        client: Client,
        about: dict[str, Any],
        state: dict[str, Any],
    ) -> None:
        """Begin with what the box has just said. about: what machine it is."""
        super().__init__(hass, _LOGGER, config_entry=entry, name=entry.title)
        self.client, self.about = client, about
        self.data, self.heard_at = state, dt_util.utcnow()
        self._release = ""

    @property
    def device(self) -> DeviceInfo:
        """The box as a device, to which its entities belong."""
        about = self.about
        return DeviceInfo(
            identifiers={(DOMAIN, about["id"])},
            connections={(CONNECTION_NETWORK_MAC, mac) for mac in about["macs"]},
            name=about["name"],
            manufacturer="Moodbox",
            model=about["model"],
            serial_number=about["serial"] or None,
            hw_version=about["hardware"] or None,
            sw_version=about["version"],
            configuration_url=self.client.url,
        )

    async def ask(self, command: str, **takes: Any) -> None:
        """Give the box a command; its answer is how it is afterwards. Raises HomeAssistantError."""
        try:
            self.take(await self.client.post(command, **takes))
        except BoxError as error:
            raise HomeAssistantError(**told(error)) from error

    async def announce(self, sound: str, **takes: Any) -> None:
        """Have the box announce a sound, and wait until it is heard. Raises HomeAssistantError.

        Where others are heard first, for longer than that, nobody knows yet whether this one will be.
        """
        begun, failed = asyncio.Event(), asyncio.Event()
        before = self.data["announcing"]

        @callback
        def listen() -> None:
            nonlocal before
            if self.data["announcement_failed"]:
                failed.set()
            if failed.is_set() or (self.data["announcing"] and not before):
                begun.set()
            before = self.data["announcing"]

        await self.ask("announce", sound=sound, **takes)
        leave = self.async_add_listener(listen)
        try:
            listen()
            await asyncio.wait_for(begun.wait(), HEARD_S)
            await asyncio.wait_for(failed.wait(), SURE_S)
        except TimeoutError:
            return
        finally:
            leave()
        raise HomeAssistantError(**_words("not_heard", self.data["announcement_failed"]))

    async def follow(self) -> None:
        """Take each state that the box tells, and connect anew when it is gone, until this is cancelled."""
        tries = 0
        while True:
            try:
                async for state in self.client.states():
                    tries = 0
                    if self._was_updated(state):
                        self.hass.config_entries.async_schedule_reload(self.config_entry.entry_id)
                        return  # what it is has to be asked anew
                    self.take(state)
                raise BoxError("the box has hung up")
            except (NotAllowed, OtherCertificate, SpeaksTls) as error:  # for the owner to look at
                self.async_set_update_error(error)
                self.config_entry.async_start_reauth(self.hass)
                return
            except BoxError as error:
                self.async_set_update_error(error)
            await asyncio.sleep(PAUSES_S[min(tries, len(PAUSES_S) - 1)])
            tries += 1

    def _was_updated(self, state: dict[str, Any]) -> bool:
        """Whether the box is of another release than when it was connected first."""
        before, self._release = self._release, state.get("version", self._release)
        return before not in ("", self._release)

    def take(self, state: dict[str, Any]) -> None:
        """Take a state, and tell of it if anything that is shown has changed."""
        if self.last_update_success and not self._is_news(state):
            return
        self.heard_at = dt_util.utcnow()
        self.async_set_updated_data(state)

    def _is_news(self, state: dict[str, Any]) -> bool:
        if any(state.get(name) != self.data.get(name) for name in WATCHED):
            return True
        since_s = (dt_util.utcnow() - self.heard_at).total_seconds() if self.data["playing"] == "music" else 0
        return abs(state["elapsed_s"] - self.data["elapsed_s"] - since_s) > JUMP_S


def told(error: BoxError) -> dict[str, Any]:
    """Say an error in Home Assistant's language, as far as it is not the box's own words."""
    return _words("refused" if isinstance(error, Refused) else "not_reached", str(error))


def _words(key: str, error: str) -> dict[str, Any]:
    said = {"error": error}
    return {"translation_domain": DOMAIN, "translation_key": key, "translation_placeholders": said}


BoxEntry: TypeAlias = ConfigEntry[Coordinator]
