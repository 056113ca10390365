"""Who meets whom over a key that few have.

Contacts come up a few at a time, as they would in a hub that looks at them while they come: whether a key is rare is
asked of those who came before. So what is found does not depend on how many are looked at in one go.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from crm import likeness
from crm.likeness import NAMESAKES, Key
from crm.likeness_keys import CROWD, Holders

NAME = "n"

Two = tuple[int, int]


class Meetings:
    """What became of those who came up: `rare` are the keys that two who met share with few others.

    `namesakes` are by name those who became so many of it that it says nothing any more.
    """

    def __init__(
        self, holders: dict[str, Holders], before: Mapping[int, Iterable[Key]], coming: Iterable[int]
    ) -> None:
        """Begin with who has which key, what those who will come up had before, and who that is."""
        self.rare: defaultdict[Two, set[str]] = defaultdict(set)
        self.namesakes: dict[str, list[int]] = {}
        self._holders = holders
        self._before = before
        self._coming = set(coming)

    def come_up(self, several: Mapping[int, Iterable[Key]]) -> None:
        """Have some contacts come up with the keys that they have now, none where one is gone."""
        self._coming.difference_update(several)
        for contact_id in several:
            self._leave(contact_id)
        for contact_id, keys in several.items():
            for key in keys:
                if key.key in self._holders:
                    self._holders[key.key].append((contact_id, key.said))
        for contact_id, keys in several.items():
            for key in keys:
                self._meet(contact_id, key)
        self._count({key.key for keys in several.values() for key in keys if key.key[0] == NAME}, several)

    def _leave(self, contact_id: int) -> None:
        for key in self._before.get(contact_id, ()):
            if known := self._holders.get(key.key):
                known[:] = [each for each in known if each[0] != contact_id]

    def _meet(self, contact_id: int, key: Key) -> None:
        """Meet whoever has the key as well; who is still to come up will decide it himself."""
        others = self._holders.get(key.key, ())
        if not 1 < len(others) <= CROWD:
            return
        says = key.key[0] != NAME or len(others) <= NAMESAKES
        for other_id in likeness.passing(key, others):
            if other_id != contact_id and other_id not in self._coming:
                rare = self.rare[min(contact_id, other_id), max(contact_id, other_id)]
                if says:
                    rare.add(key.key)

    def _count(self, names: Iterable[str], newcomers: Mapping[int, object]) -> None:
        """Notice of which name there are too many now, and were not before these came."""
        for name in names:
            ids = [contact_id for contact_id, _ in self._holders.get(name, ())]
            if NAMESAKES < len(ids) <= CROWD and sum(each not in newcomers for each in ids) <= NAMESAKES:
                self.namesakes[name] = ids
