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
        of_moods: Mapping[str, Mapping[str, Policy]] | None = None,
    ) -> None:
        """settings: mood -> everybody's policy; `match` where none is named. of_persons: the same of others.

        chosen: what each chose by hand for every mood; None for what the settings say. person: who listens.
        of_moods: person -> mood -> what they chose by hand for it alone.
        """
        self._settings, self._of_persons = settings, of_persons
        self.chosen = dict(chosen)
        self.person = person
        self.of_moods = {who: dict(policies) for who, policies in (of_moods or {}).items()}

    def choose(self, policy: Policy | None, person: str, mood: str = "") -> None:
        """Let a person's policy hold; None: the settings'. mood: for which alone; "": for every one."""
        if not mood:
            self.chosen[person] = policy
            self.of_moods.pop(person, None)
        elif policy is None:
            self.of_moods.get(person, {}).pop(mood, None)
        else:
            self.of_moods.setdefault(person, {})[mood] = policy

    @property
    def for_moods(self) -> Mapping[str, Policy]:
        """Mood -> the policy that a hand chose for it alone, of who listens."""
        everybodys = {} if self._has_own else self.of_moods.get(EVERYBODY, {})
        return everybodys | self.of_moods.get(self.person, {})

    @property
    def _has_own(self) -> bool:
        return self.person in self.chosen or self.person in self._of_persons

    @property
    def by_hand(self) -> Policy | None:
        """The policy that a hand chose for who listens; None where the settings' hold."""
        return self.chosen.get(self.person if self._has_own else EVERYBODY)

    def of(self, mood: str) -> Policy:
        """Return the policy for this mood of who listens: by hand, the person's own, or the settings'."""
        own = self._of_persons.get(self.person, {})
        by_hand = self.for_moods.get(mood) or self.by_hand
        return by_hand or own.get(mood) or self._settings.get(mood, Policy.MATCH)
