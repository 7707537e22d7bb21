"""Sets a box up: found by zeroconf or named, then paired by presses of its button or on its page."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import voluptuous as vol
from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
)
from homeassistant.const import CONF_TOKEN, CONF_URL
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
from yarl import URL

from .client import BoxError, Client, NotAllowed, OtherCertificate, SpeaksTls
from .const import CONF_FINGERPRINT, DOMAIN, NAME, PORT

POLL_S = 1.0


class Flow(ConfigFlow, domain=DOMAIN):
    """From a box that is found or named to one that has let us in."""

    VERSION = 1

    def __init__(self) -> None:
        self._url, self._token = "", ""
        self._fingerprint, self._shown = "", ""
        """Of the certificate that is kept, empty where an authority vouches for it; and of the one there."""
        self._known: Mapping[str, Any] = {}
        """What was kept before, where the box is set up already."""
        self._asked: dict[str, Any] = {}
        self._waiting: asyncio.Task[str] | None = None

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask where the box is. A token that is given spares the pairing."""
        if user_input is None:
            return self._place("user", f"http://moodbox.local:{PORT}")
        self._token = user_input.get(CONF_TOKEN, "").strip()
        try:
            self._url = _url(user_input[CONF_URL])
            await self._reach()
        except ValueError:
            return self._place("user", user_input[CONF_URL], {CONF_URL: "no_address"})
        except BoxError as error:
            return self._failed(error)
        if not self._token:
            return await self.async_step_pair()
        return await (self.async_step_certificate() if self._fingerprint else self._finish())

    async def async_step_zeroconf(self, discovery_info: ZeroconfServiceInfo) -> ConfigFlowResult:
        """Take a box that has announced itself.

        One that is set up already stays where it is, or whoever announces its id would get the token.
        """
        # Its name, not its address, which the router may give to another tomorrow.
        host = discovery_info.hostname.rstrip(".") or discovery_info.host
        await self.async_set_unique_id(host)  # until it has told its own
        self._abort_if_unique_id_configured()
        found = URL.build(scheme="http", host=host, port=discovery_info.port or PORT)
        for entry in self._async_current_entries(include_ignore=False):
            if (known := URL(entry.data[CONF_URL])).host in {host, *discovery_info.addresses}:
                if known.host == host and known.port != found.port and not _works(entry):
                    # Who can lie about a host's port can lie about its address, too: nothing is lost by it.
                    moved = {CONF_URL: str(known.with_port(found.port)).rstrip("/")}
                    self.hass.config_entries.async_update_entry(entry, data={**entry.data, **moved})
                    self.hass.config_entries.async_schedule_reload(entry.entry_id)
                return self.async_abort(reason="already_configured")
        self._url = str(found).rstrip("/")
        self.context["title_placeholders"] = {"name": host}
        return await self.async_step_found()

    async def async_step_found(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask whether the box that was found is wanted."""
        if user_input is not None:
            return await self._pair_anew()
        self._set_confirm_only()
        return self.async_show_form(step_id="found", description_placeholders={"url": self._url})

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """The box does not know the token any more, or its certificate is another one."""
        self._take(entry_data)
        try:
            await self._reach()
        except BoxError:  # gone for the moment: whoever confirms tries again
            self._take(entry_data)
        return await (self.async_step_certificate() if self._is_other else self.async_step_reauth_confirm())

    async def async_step_reauth_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Begin to pair when somebody is there for it."""
        if user_input is not None:
            return await self._pair_anew()
        return self.async_show_form(step_id="reauth_confirm", description_placeholders={"url": self._url})

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """The box has another address now: ask for it. It is still the box that knows our token."""
        self._take(self._get_reconfigure_entry().data)
        if user_input is None:
            return self._place("reconfigure", self._url)
        try:
            self._url = _url(user_input[CONF_URL], URL(self._url).scheme)
            await self._reach()
            if self._fingerprint and self._is_other:
                return await self.async_step_certificate()
            return await self._keep(await self._client().get("box"))
        except ValueError:
            return self._place("reconfigure", user_input[CONF_URL], {CONF_URL: "no_address"})
        except BoxError as error:
            return self._place("reconfigure", user_input[CONF_URL], {"base": _reason(error)}, error)

    async def async_step_certificate(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Have the owner say that the certificate is the box's, before it is sent the token."""
        if user_input is not None:
            try:
                return await self._keep(await self._client().get("box"))
            except OtherCertificate:  # another one already: that one has to be looked at, too
                return await self._pair_anew()
            except BoxError as error:
                if self._known and isinstance(error, NotAllowed):
                    return await self.async_step_pair()
                return self._failed(error)
        before = self._known.get(CONF_FINGERPRINT, "")
        told = {"url": self._url, "shown": spelt(self._shown), "before": spelt(before)}
        return self.async_show_form(step_id="certificate", description_placeholders=told)

    async def async_step_pair(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask the box for a token."""
        key = {"key": self._asked["key"]} if self._asked else {}
        self._token = ""
        try:
            self._asked = await self._client().post("pairing", name=NAME, **key)
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
        told = {"presses": str(self._asked["presses"]), "url": self._url, "shown": spelt(self._fingerprint)}
        return self.async_show_progress(
            step_id="press",
            progress_action="press_and_keep" if self._fingerprint else "press",
            description_placeholders=told,
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

    async def _pair_anew(self) -> ConfigFlowResult:
        """Pair with what answers there now; a certificate that is not the one of before is shown first."""
        try:
            await self._reach()
        except BoxError as error:
            return self._failed(error)
        return await (self.async_step_certificate() if self._is_other else self.async_step_pair())

    async def _reach(self) -> None:
        """Find out whether the box speaks https, and its certificate. No token is sent. Raises BoxError."""
        client = Client(async_get_clientsession(self.hass), self._url)
        self._fingerprint = self._shown = ""
        try:
            await client.get("box")
        except SpeaksTls as error:
            self._url = f"{error.origin}{URL(self._url).path}".rstrip("/")
            await self._reach()
        except OtherCertificate:
            self._fingerprint = self._shown = await client.shown()
        except NotAllowed:  # without a token nobody is; it is there
            self._shown = await client.shown() if self._url.startswith("https:") else ""

    def _take(self, known: Mapping[str, Any]) -> None:
        """Begin with what is kept of the box."""
        self._known = known
        self._url, self._token = known[CONF_URL], known[CONF_TOKEN]
        self._fingerprint = self._shown = known.get(CONF_FINGERPRINT, "")

    @property
    def _is_other(self) -> bool:
        """Whether a box that is set up already shows a certificate where none, or another, was kept."""
        if not self._known or self._url.startswith("http:"):
            return False
        was_plain = self._known[CONF_URL].startswith("http:")
        return was_plain or self._fingerprint != self._known.get(CONF_FINGERPRINT, "")

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
        before = await self.async_set_unique_id(about["id"], raise_on_progress=False)
        data = {CONF_URL: self._url, CONF_TOKEN: self._token, CONF_FINGERPRINT: self._fingerprint}
        if self.source in (SOURCE_REAUTH, SOURCE_RECONFIGURE):
            self._abort_if_unique_id_mismatch(reason="another_box")
            is_new = self.source == SOURCE_REAUTH
            entry = self._get_reauth_entry() if is_new else self._get_reconfigure_entry()
            return self.async_update_reload_and_abort(entry, data=data)
        if before and not _works(before):  # it has moved, and has let us in at its new address
            return self.async_update_reload_and_abort(before, data=data, reason="reconfigure_successful")
        self._abort_if_unique_id_configured()
        return self.async_create_entry(title=about["name"], data=data)

    def _place(
        self, step: str, url: str, errors: dict[str, str] | None = None, error: BoxError | None = None
    ) -> ConfigFlowResult:
        """Show the form that asks where the box is, and what is wrong about what was said last."""
        asked: dict[Any, Any] = {vol.Required(CONF_URL, description={"suggested_value": url}): str}
        if step == "user":
            asked[vol.Optional(CONF_TOKEN)] = str
        # A script that was written for the form of before, with `verify_ssl`, goes on.
        form = vol.Schema(asked, extra=vol.REMOVE_EXTRA)
        told = {"error": str(error or "")}
        return self.async_show_form(
            step_id=step, data_schema=form, errors=errors or {}, description_placeholders=told
        )

    def _failed(self, error: BoxError) -> ConfigFlowResult:
        """Say what the box says, in the form that asks where it is, or at the end of the flow."""
        if self.source == SOURCE_USER:
            return self._place("user", self._url, {"base": _reason(error)}, error)
        return self.async_abort(reason=_reason(error), description_placeholders={"error": str(error)})

    def _client(self) -> Client:
        return Client(async_get_clientsession(self.hass), self._url, self._token, self._fingerprint)


def _works(entry: ConfigEntry[Any]) -> bool:
    """Whether Home Assistant is connected to the box."""
    return entry.state is ConfigEntryState.LOADED and bool(entry.runtime_data.last_update_success)


def _reason(error: BoxError) -> str:
    return "not_allowed" if isinstance(error, NotAllowed) else "cannot_connect"


def spelt(fingerprint: str) -> str:
    """Spell a fingerprint as `moodbox doctor` and openssl do."""
    return ":".join(fingerprint[at : at + 2] for at in range(0, len(fingerprint), 2)).upper() or "–"


def _url(text: str, scheme: str = "http") -> str:
    """Make an address of what a person types, with our port if none is named. Raises ValueError.

    scheme: where none is named.
    """
    text = text.strip()
    url = URL(text if "://" in text else f"{scheme}://{text}")
    if url.scheme not in ("http", "https") or not url.host:
        raise ValueError(text)
    if url.explicit_port is None and "://" not in text:
        url = url.with_port(PORT)
    return str(url.with_query(None).with_fragment(None)).rstrip("/")
