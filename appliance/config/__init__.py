"""The settings: `default.toml` documents them, `settings` has their types, `config` reads and checks them."""

from appliance.config.config import check, load, show
from appliance.config.safe_mode import salvage
from appliance.config.settings import Config, MusicSource
from appliance.machine.settings_file import DEFAULTS, SYSTEM_FILE, system_file

__all__ = [
    "DEFAULTS",
    "SYSTEM_FILE",
    "Config",
    "MusicSource",
    "check",
    "load",
    "salvage",
    "show",
    "system_file",
]
