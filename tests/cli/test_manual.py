"""The manual: what `moodbox --help` and each command's `--help` say to a person."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Iterator

import pytest

from appliance.cli.manual import DETAILS
from appliance.cli.parser import parser
from appliance.machine.machine import ways


def commands(
    parser: argparse.ArgumentParser, before: str = ""
) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Each command with its parser, `config check` and its like included."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, command in action.choices.items():
                yield before + name, command
                yield from commands(command, f"{before}{name} ")


ALL = dict(commands(parser()))


@pytest.mark.parametrize("name", [name for name in ALL if ALL[name].get_default("run")])
def test_every_command_is_where_it_is_looked_for(name: str) -> None:
    module, function = ALL[name].get_default("run").args
    assert callable(getattr(importlib.import_module(f"appliance.cli.{module}"), function))


@pytest.mark.parametrize("name", ALL)
def test_every_command_explains_itself(name: str) -> None:
    command = ALL[name]
    assert command.description == DETAILS[name]
    # And everything that may stand behind it.
    silent = [action.dest for action in command._actions if not action.help and action.choices is None]
    assert silent == []


def test_the_manual_speaks_of_no_command_that_is_not_there() -> None:
    assert set(DETAILS) == set(ALL)


def test_the_first_page_leads_on() -> None:
    page = parser().format_help()
    assert all(
        words in page for words in ("moodbox config show", "sudo moodbox doctor", f"Log: {ways().log}")
    )
