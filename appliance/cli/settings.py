"""Commands about the settings, and about the way to Home Assistant that they describe."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from appliance import config as settings
from appliance.errors import ConfigError
from appliance.files.whole import write_new

INIT_REMEDIES: Mapping[type[OSError], str] = {
    FileExistsError: "it is left as it is",
    FileNotFoundError: "make its folder first",
    PermissionError: "try again with sudo",
}


def config_check(options: argparse.Namespace) -> int:
    settings.load(options.config)
    print(f"{options.config or settings.system_file() or 'the defaults'}: good")
    return 0


def config_migrate(options: argparse.Namespace) -> int:
    from appliance.update.settings import convert

    print(convert(options.config or settings.system_file() or settings.SYSTEM_FILE))
    return 0


def config_show(options: argparse.Namespace) -> int:
    print(settings.show(settings.load(options.config)), end="")
    return 0


def config_init(options: argparse.Namespace) -> int:
    try:
        write_new(options.path, settings.DEFAULTS.read_bytes(), 0o644)
    except OSError as error:
        remedy = INIT_REMEDIES.get(type(error), "name another place")
        raise ConfigError([f"{options.path}: {error.strerror}; {remedy}"]) from error
    print(f"{options.path}: written; every setting stands in it with its default")
    return 0


def mqtt_check(options: argparse.Namespace) -> int:
    from appliance.homeassistant.access import broker_of, check, whole_box

    config = settings.load(options.config)
    check(config.mqtt, whole_box(config))
    print(f"{broker_of(config.mqtt).place}: good; the box may speak and be spoken to there")
    return 0


def mqtt_purge(options: argparse.Namespace) -> int:
    from appliance.homeassistant.access import former_places, purge

    names = ("id", "prefix", "discovery_prefix")
    gone = {name: value for name in names if (value := getattr(options, name))}
    config = settings.load(options.config, {"mqtt": gone})
    emptied = purge(config.mqtt, () if gone else former_places(config))
    print("\n".join(emptied))
    print(f"{len(emptied)} topics emptied; a running box fills them again at its next connection")
    return 0
