"""Settings of who lives here: names, and the folders that a child may hear."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationInfo, field_validator

from appliance.config.section import Section
from appliance.protocol.declaring import LONGEST_NAME
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.policies import Policy
from appliance.protocol.taste import EVERYBODY


class Persons(Section):
    who: list[str]
    # One key for names and folders: where a mistake makes it fall back to its default, nobody is left who
    # could be chosen without their folders.
    policies: list[str]

    @field_validator("who")
    @classmethod
    def _understood(cls, who: list[str]) -> list[str]:
        names = [_split(entry)[0].casefold() for entry in who]
        for entry, name in zip(who, names, strict=True):
            if not name or len(name) > LONGEST_NAME or not name.isprintable():
                raise ValueError(f"a name has 1 to {LONGEST_NAME} characters")
            if name == EVERYBODY or names.count(name) > 1:
                raise ValueError("each name stands there once, and everybody is there without being named")
            if ":" in entry and not _split(entry)[1]:
                raise ValueError('a child needs a folder after the colon, such as "Tim: children"')
        return who

    @field_validator("policies")
    @classmethod
    def _named(cls, policies: list[str], info: ValidationInfo) -> list[str]:
        names = [_split(entry)[0] for entry in policies]
        known = [_split(entry)[0] for entry in info.data.get("who", names)]
        for entry, name in zip(policies, names, strict=True):
            if name not in known:
                raise ValueError(f"{name!r} is nobody of persons.who")
            if names.count(name) > 1:
                raise ValueError(f"{name!r} stands there twice")
            _policies(entry)
        return policies

    def own_policies(self) -> dict[str, dict[str, Policy]]:
        """Name -> mood -> what the music does about it, of those who have their own."""
        return {_split(entry)[0]: _policies(entry) for entry in self.policies}

    def folders(self) -> dict[str, tuple[str, ...] | None]:
        """Name -> the folders that they may hear; None for all."""
        return {name: folders or None for name, folders in map(_split, self.who)}

    def children(self) -> tuple[str, tuple[str, ...]] | None:
        """Who is meant by "a child, nobody knows which", and what each of them may hear; None without any."""
        children = {name: folders for name, folders in self.folders().items() if folders is not None}
        common = [each for folders in children.values() for each in folders if _is_for_all(each, children)]
        alike = (name for name, folders in children.items() if {*folders} == {*common})
        return (next(alike, ", ".join(children)), tuple(dict.fromkeys(common))) if children else None


def _is_for_all(folder: str, children: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether the folder lies in those of every child."""
    return all(any(f"{folder}/".startswith(f"{each}/") for each in folders) for folders in children.values())


def _policies(entry: str) -> dict[str, Policy]:
    """Read "Ann: sad lift, angry calm", or "Ann: lift" for every mood. Raises ValueError."""
    policies: dict[str, Policy] = {}
    for words in map(str.split, _split(entry)[1] or ("",)):
        moods = EMOTIONS if len(words) == 1 else words[:1]
        if len(words) not in (1, 2) or words[-1] not in {*Policy} or not {*moods} <= {*EMOTIONS}:
            raise ValueError('each is a mood and its policy, such as "Ann: sad lift, angry calm"')
        policies |= dict.fromkeys(moods, Policy(words[-1]))
    return policies


def _split(entry: str) -> tuple[str, tuple[str, ...]]:
    name, _, folders = entry.partition(":")
    return name.strip(), tuple(filter(None, (folder.strip().strip("/") for folder in folders.split(","))))
