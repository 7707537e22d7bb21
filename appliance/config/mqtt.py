"""The settings of MQTT."""

from __future__ import annotations

import ipaddress
import os
import re
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator, model_validator

from appliance.config.section import Section
from appliance.errors import ConfigError
from appliance.files.whole import first_line, read_text

CREDENTIAL = "mqtt-password"
"""Name of the systemd credential (LoadCredential=) that may hold the password."""
ELSEWHERE = (
    "credential {name}: a line of it must say where it goes, as in {place}; settings alone do not open it"
)


def is_credential(file: Path) -> bool:
    """Whether this is one of the secrets that systemd gives the service, by whatever name."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    return bool(folder) and file.resolve().is_relative_to(Path(folder or "").resolve())


class Mqtt(Section):
    """The table `[mqtt]`: which broker, and how it is spoken to. MQTT is off until `broker` names one."""

    broker: str
    port: int = Field(ge=0, le=65_535)
    protocol: Literal["5", "3.1.1"]
    tls: bool
    ca_file: str
    cert_file: str
    key_file: str
    username: str
    password_file: str
    password: SecretStr
    id: str = Field(max_length=40, pattern=r"^[a-zA-Z0-9_-]*$")
    name: str = Field(min_length=1, max_length=80)
    language: Literal["en", "de", "es", "hi"]
    prefix: str
    discovery: Literal["device", "entity", "off"]
    discovery_prefix: str
    min_interval_s: float = Field(ge=0.1, le=3600)
    figures_interval_s: float = Field(ge=1, le=86_400)
    covers: bool
    allow_power_off: bool

    @field_validator("broker")
    @classmethod
    def _is_host(cls, broker: str) -> str:
        try:
            ipaddress.ip_address(broker)
        except ValueError:
            if re.search(r"[\s\0:/@]", broker):  # not repeated: it may hold a password
                problem = "no host; write its name or address alone, without mqtt:// and port"
                raise ValueError(problem) from None
        return broker

    @field_validator("prefix", "discovery_prefix")
    @classmethod
    def _is_topic(cls, prefix: str) -> str:
        if not re.fullmatch(r"[^+#/$\0][^+#\0]*", prefix) or prefix.endswith("/") or "//" in prefix:
            raise ValueError(
                f"{prefix!r} is no start of a topic; use words joined by /, without +, # or $ in front"
            )
        return prefix

    @model_validator(mode="after")
    def _fits_together(self) -> Mqtt:
        if (self.ca_file or self.cert_file or self.key_file) and not self.tls:
            raise ValueError("ca_file, cert_file and key_file do nothing without TLS; set tls = true")
        if self.key_file and not self.cert_file:
            raise ValueError("key_file belongs to a certificate; set cert_file too")
        if not self.username and (self.password_file or self.password.get_secret_value()):
            raise ValueError("a password needs a user; set username")
        return self

    @property
    def port_in_use(self) -> int:
        """The port that is set; for 0, MQTT's usual one with or without TLS."""
        return self.port or (8883 if self.tls else 1883)

    def secret(self) -> str | None:
        """The password: of `password_file`, else the systemd credential, else `password`; None without any.

        Raises ConfigError when a file that should hold it cannot be read, or holds one for another broker.
        """
        folder = os.environ.get("CREDENTIALS_DIRECTORY")
        credential = Path(folder, CREDENTIAL) if folder else None
        if self.password_file:
            file, key = Path(self.password_file), "password_file"
        elif self.username and credential and credential.exists():
            file, key = credential, f"credential {CREDENTIAL}"
        else:
            return self.password.get_secret_value() or None
        try:
            if is_credential(file) and self._place not in read_text(file).split()[1:]:
                raise ConfigError([f"mqtt.{ELSEWHERE.format(name=file.name, place=self._place)}"])
            return first_line(file)
        except (OSError, ValueError) as error:
            problem = f"mqtt.{key}: {error}; make the file readable for the service"
            raise ConfigError([problem]) from error

    @property
    def _place(self) -> str:
        """Where the password goes, for whom and how: the page and a backup may change each of these."""
        host = f"[{self.broker}]" if ":" in self.broker else self.broker
        return f"{'mqtts' if self.tls else 'mqtt'}://{self.username}@{host}:{self.port_in_use}"
