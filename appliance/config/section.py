"""The base of every table of the settings: no unknown keys, no conversions, no zero bytes."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, field_validator


class Section(BaseModel):
    """A table of the file: no unknown keys, no conversions, frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)

    @field_validator("*", mode="before")
    @classmethod
    def _has_no_zero(cls, value: Any) -> Any:
        """No path, name or order of MPD's can hold one, and what opens such a path raises no OSError."""
        texts = value if isinstance(value, list) else [value]
        if any("\0" in text for text in texts if isinstance(text, str)):
            raise ValueError("no text here has a zero (\\u0000) in it; choose another")
        return value
