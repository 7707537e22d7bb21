"""The settings: `default.toml` documents them, `settings` has their types, `config` reads and checks them."""

from appliance.config.config import DEFAULTS, SYSTEM_FILE, check, load, show, system_file
from appliance.config.safe_mode import salvage
from appliance.config.settings import Config, MusicSource

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
