"""Settings of who lives here: names, and the folders that a child may hear."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import field_validator

from appliance.config.section import Section
from appliance.protocol.declaring import LONGEST_NAME
from appliance.protocol.taste import EVERYBODY


class Persons(Section):
    who: list[str]
    # One key for names and folders: where a mistake makes it fall back to its default, nobody is left who
    # could be chosen without their folders.

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


def _split(entry: str) -> tuple[str, tuple[str, ...]]:
    name, _, folders = entry.partition(":")
    return name.strip(), tuple(filter(None, (folder.strip().strip("/") for folder in folders.split(","))))
