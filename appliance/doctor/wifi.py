"""Wi-Fi: whether it is switched off, which keeps the hotspot from opening. A box may do without."""

from __future__ import annotations

from pathlib import Path

from appliance.config import Config
from appliance.doctor.check import Check, ill, well

NAME = "Wi-Fi"
HOTSPOT = Path("/etc/comitup.conf")
"""There when the box opens a hotspot of its own, see deploy/steps/70-hotspot.sh."""


def checks(config: Config, sys: Path = Path("/sys"), hotspot: Path = HOTSPOT) -> list[Check]:
    adapters = [path.parent.name for path in sorted(sys.glob("class/net/*/phy80211"))]
    if not adapters:
        return [well(NAME, "no adapter; by cable")]
    if not _is_blocked(sys):
        return [well(NAME, ", ".join(adapters))]
    if not hotspot.exists():
        return [well(NAME, f"{', '.join(adapters)}, switched off")]
    return [
        ill(
            NAME,
            "switched off, so no hotspot opens; say where the box stands: "
            "`sudo raspi-config nonint do_wifi_country DE` (your country's two letters)",
        )
    ]


def _is_blocked(sys: Path) -> bool:
    """Whether a Wi-Fi's switch is off, by software or by hand."""
    switches = [path for path in sys.glob("class/rfkill/*") if _word(path / "type") == "wlan"]
    return any(_word(switch / kind) == "1" for switch in switches for kind in ("soft", "hard"))


def _word(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeError):  # unplugged while we look
        return ""
