"""Whose policy holds: each person has their own, for each mood and by hand; else everybody's."""

from __future__ import annotations

from collections.abc import Mapping

from appliance.protocol.policies import Policy
from appliance.protocol.taste import EVERYBODY


class Policies:
    """Knows each person's policies. One without any of their own has everybody's."""

    def __init__(
        self,
        settings: Mapping[str, Policy],
        of_persons: Mapping[str, Mapping[str, Policy]],
        chosen: Mapping[str, Policy | None],
        person: str,
    ) -> None:
        """settings: mood -> everybody's policy; `match` where none is named. of_persons: the same of others.

        chosen: what each chose by hand for every mood; None for what the settings say. person: who listens.
        """
        self._settings, self._of_persons = settings, of_persons
        self.chosen = dict(chosen)
        self.person = person

    @property
    def by_hand(self) -> Policy | None:
        """The policy that a hand chose for who listens; None where the settings' hold."""
        has_own = self.person in self.chosen or self.person in self._of_persons
        return self.chosen.get(self.person if has_own else EVERYBODY)

    def of(self, mood: str) -> Policy:
        """Return the policy for this mood of who listens: by hand, the person's own, or the settings'."""
        own = self._of_persons.get(self.person, {})
        return self.by_hand or own.get(mood) or self._settings.get(mood, Policy.MATCH)
