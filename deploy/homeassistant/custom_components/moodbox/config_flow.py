"""Sets a box up: found by zeroconf or named, then paired by presses of its button or on its page."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import voluptuous as vol
from homeassistant.config_entries import SOURCE_REAUTH, SOURCE_RECONFIGURE, ConfigFlow, ConfigFlowResult
from homeassistant.const import CONF_TOKEN, CONF_URL, CONF_VERIFY_SSL
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
from yarl import URL

from .client import BoxError, Client, Elsewhere, NotAllowed
from .const import DOMAIN, NAME, PORT

POLL_S = 1.0
PLACE = vol.Schema(
    {
        vol.Required(CONF_URL, default=f"http://moodbox.local:{PORT}"): str,
        vol.Optional(CONF_VERIFY_SSL, default=True): bool,
    }
)
FORM = PLACE.extend({vol.Optional(CONF_TOKEN): str})


class Flow(ConfigFlow, domain=DOMAIN):
    """From a box that is found or named to one that has let us in."""

    VERSION = 1

    def __init__(self) -> None:
        self._url, self._verify, self._token = "", True, ""
        self._asked: dict[str, Any] = {}
        self._waiting: asyncio.Task[str] | None = None

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask where the box is. A token that is given spares the pairing."""
        errors = {}
        if user_input is not None:
            self._verify, self._token = user_input[CONF_VERIFY_SSL], user_input.get(CONF_TOKEN, "").strip()
            try:
                self._url = _url(user_input[CONF_URL])
            except ValueError:
                errors[CONF_URL] = "no_address"
            else:
                return await (self._finish() if self._token else self.async_step_pair())
        form = self.add_suggested_values_to_schema(FORM, user_input or {})
        return self.async_show_form(step_id="user", data_schema=form, errors=errors)

    async def async_step_zeroconf(self, discovery_info: ZeroconfServiceInfo) -> ConfigFlowResult:
        """Take a box that has announced itself.

        One that is set up already stays where it is, or whoever announces its id would get the token.
        """
        # Its name, not its address, which the router may give to another tomorrow.
        host = discovery_info.hostname.rstrip(".") or discovery_info.host
        await self.async_set_unique_id(host)  # until it has told its own
        self._abort_if_unique_id_configured()
        known = {URL(entry.data[CONF_URL]).host for entry in self._async_current_entries()}
        if known & {host, *discovery_info.addresses}:
            return self.async_abort(reason="already_configured")
        self._url = str(URL.build(scheme="http", host=host, port=discovery_info.port or PORT)).rstrip("/")
        self._verify = False  # a box at home made its certificate itself
        self.context["title_placeholders"] = {"name": host}
        return await self.async_step_found()

    async def async_step_found(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask whether the box that was found is wanted."""
        if user_input is not None:
            return await self.async_step_pair()
        self._set_confirm_only()
        return self.async_show_form(step_id="found", description_placeholders={"url": self._url})

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """The token is no more the box's: ask whether to pair anew."""
        self._url, self._verify = entry_data[CONF_URL], entry_data.get(CONF_VERIFY_SSL, True)
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Begin to pair when somebody is there for it."""
        if user_input is not None:
            return await self.async_step_pair()
        return self.async_show_form(step_id="reauth_confirm", description_placeholders={"url": self._url})

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """The box has another address now: ask for it. It is still the box that knows our token."""
        known = self._get_reconfigure_entry().data
        errors, told = {}, {"error": ""}
        if user_input is not None:
            self._verify, self._token = user_input[CONF_VERIFY_SSL], known[CONF_TOKEN]
            try:
                self._url = _url(user_input[CONF_URL])
                return await self._keep(await self._client().get("box"))
            except ValueError:
                errors[CONF_URL] = "no_address"
            except BoxError as error:
                errors["base"], told["error"] = _reason(error), str(error)
        form = self.add_suggested_values_to_schema(PLACE, user_input or known)
        return self.async_show_form(
            step_id="reconfigure", data_schema=form, errors=errors, description_placeholders=told
        )

    async def async_step_pair(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask the box for a token."""
        key = {"key": self._asked["key"]} if self._asked else {}
        try:
            self._asked = await self._client().post("pairing", name=NAME, **key)
        except Elsewhere as error:
            secure = self._url.replace("http://", "https://", 1)
            if secure == self._url or not error.place.startswith(secure):
                return self._failed(error)
            self._url = secure  # it has a certificate; nothing of ours has been sent yet
            return await self.async_step_pair()
        except BoxError as error:
            return self._failed(error)
        self._waiting = None
        return await self.async_step_press()

    async def async_step_press(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the number of presses, and wait for them."""
        if self._waiting is None:
            self._waiting = self.hass.async_create_task(self._wait(), "Moodbox: waits for its button")
        if self._waiting.done():
            done = self._waiting.result() == "confirmed"
            return self.async_show_progress_done(next_step_id="paired" if done else "again")
        return self.async_show_progress(
            step_id="press",
            progress_action="press",
            description_placeholders={"presses": str(self._asked["presses"]), "url": self._url},
            progress_task=self._waiting,
        )

    async def async_step_again(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Say why there is no token, and offer another try."""
        if user_input is not None:
            return await self.async_step_pair()
        assert self._waiting is not None
        reason = self._waiting.result()
        known = reason if reason in ("overlap", "wrong", "gone") else "cannot_connect"
        told = {"error": reason}
        return self.async_show_form(step_id="again", errors={"base": known}, description_placeholders=told)

    async def async_step_paired(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Keep the token."""
        return await self._finish()

    async def _wait(self) -> str:
        """Wait until the request is confirmed or ended. Returns how it stands then."""
        while True:
            try:
                answer = await self._client().put("pairing", key=self._asked["key"])
            except BoxError as error:
                return str(error)
            if answer["stage"] != "waiting":
                self._token = answer.get("token", "")
                return str(answer["stage"])
            await asyncio.sleep(POLL_S)

    async def _finish(self) -> ConfigFlowResult:
        try:
            return await self._keep(await self._client().get("box"))
        except BoxError as error:
            return self._failed(error)

    async def _keep(self, about: dict[str, Any]) -> ConfigFlowResult:
        await self.async_set_unique_id(about["id"])
        data = {CONF_URL: self._url, CONF_TOKEN: self._token, CONF_VERIFY_SSL: self._verify}
        if self.source in (SOURCE_REAUTH, SOURCE_RECONFIGURE):
            self._abort_if_unique_id_mismatch(reason="another_box")
            is_new = self.source == SOURCE_REAUTH
            entry = self._get_reauth_entry() if is_new else self._get_reconfigure_entry()
            return self.async_update_reload_and_abort(entry, data=data)
        self._abort_if_unique_id_configured()
        return self.async_create_entry(title=about["name"], data=data)

    def _failed(self, error: BoxError) -> ConfigFlowResult:
        """Say what the box says, in the form that asks where it is, or at the end of the flow."""
        reason, told = _reason(error), {"error": str(error)}
        if self.source == "user":
            values = {CONF_URL: self._url, CONF_VERIFY_SSL: self._verify}
            form = self.add_suggested_values_to_schema(FORM, values)
            return self.async_show_form(
                step_id="user", data_schema=form, errors={"base": reason}, description_placeholders=told
            )
        return self.async_abort(reason=reason, description_placeholders=told)

    def _client(self) -> Client:
        return Client(async_get_clientsession(self.hass, self._verify), self._url, self._token)


def _reason(error: BoxError) -> str:
    return "not_allowed" if isinstance(error, NotAllowed) else "cannot_connect"


def _url(text: str) -> str:
    """Make an address of what a person types, with our port if none is named. Raises ValueError."""
    text = text.strip()
    url = URL(text if "://" in text else f"http://{text}")
    if url.scheme not in ("http", "https") or not url.host:
        raise ValueError(text)
    if url.explicit_port is None and "://" not in text:
        url = url.with_port(PORT)
    return str(url.with_query(None).with_fragment(None)).rstrip("/")
