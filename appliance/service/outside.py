"""Opens the parts by which people reach the box, each if it is wanted: control socket, buttons, page, MQTT.

The music needs none of them. What asks for nothing but ears and eyes (the player, the camera) is opened by
`service`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from appliance.config import Config
from appliance.control import AlreadyRunning, ControlServer
from appliance.errors import CommandRejected, ConfigError
from appliance.panel import Panel, gpio
from appliance.protocol.messages import PartChanged, SensorChanged
from appliance.protocol.snapshot import Snapshot
from appliance.service.assembly import library
from appliance.service.entrance import Entrance
from appliance.service.inbox import Inbox
from appliance.service.optional import OptionalPart, OptionalParts

log = logging.getLogger(__name__)


class Outside:
    """Opens each of these parts, and has it closed when the box ends. For the service's thread."""

    def __init__(
        self,
        config: Config,
        entrance: Entrance,
        inbox: Inbox,
        optional: OptionalParts,
        box: Callable[[], Snapshot],
        safe: str | None,
        open_pins: Callable[[], Any],
    ) -> None:
        """box: as it last was. safe, open_pins: as `Service` has them."""
        self._config, self._entrance, self._inbox, self._optional = config, entrance, inbox, optional
        self._box, self._safe, self._open_pins = box, safe, open_pins
        self._sensor: Callable[[bool], None] = lambda is_open: None
        """Lights the camera's own LED."""
        self.refused: Callable[[], int] = lambda: 0
        """Counts the orders over MQTT that were refused."""

    def open_control(self, running: ExitStack) -> None:
        """Open the control socket; the box plays without it, too. Raises AlreadyRunning."""
        try:
            control = ControlServer(Path(self._config.control.socket), self._entrance.ask, self._box)
            running.callback(control.close)
        except AlreadyRunning:
            raise
        except (ConfigError, OSError) as error:
            self._inbox.put(PartChanged("control", str(error)))

    def open_panel(self, running: ExitStack) -> None:
        """Open buttons and light, if there are pins and the box is not in safe mode."""
        if self._safe is not None:
            return
        if gpio.is_wanted(self._config.gpio.factory):
            self._open("buttons", self._panel, running)
        else:
            log.info("No GPIO here, or none wanted: the box has no buttons and no light")

    def open_late(self, running: ExitStack, page: Callable[[], OptionalPart]) -> None:
        """Open page and MQTT, each if it is wanted; the music plays already, and needs neither."""
        if self._config.page.enabled:
            self._open("page", page, running)
        if self._config.mqtt.broker and self._safe is None:
            self._open("mqtt", self._mqtt, running)

    def tell_sensor(self, is_open: bool) -> None:
        """Called by the camera's thread right before the device is opened, and once it is closed."""
        self._sensor(is_open)
        with suppress(CommandRejected):  # a flood must not end the thread that closes the device
            self._inbox.put(SensorChanged(is_open))

    def _open(self, name: str, make: Callable[[], OptionalPart], running: ExitStack) -> None:
        self._optional.open(name, make)
        running.callback(self._optional.close, name)

    def _panel(self) -> OptionalPart:
        with suppress(ImportError, OSError):  # the panel's own thread will say what is wrong
            gpio.import_lgpio()
        panel = Panel(self._config, self._entrance.put, self._box(), self._open_pins)
        self._sensor = panel.sensor
        panel.start()
        return panel

    def _mqtt(self) -> OptionalPart:
        from appliance.homeassistant import open_part

        part = open_part(self._config, self._entrance.put, library(self._config).cover)
        self.refused = lambda: part.refused
        return part
