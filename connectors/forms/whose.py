"""Whose post it is: that of the sender whom the settings name, or of the first who knows it."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.forms import unforeseen
from connectors.forms.sender import Sender
from connectors.forms.senders import ALL, SEVERAL, SPEAKING
from connectors.forms.senders.generic import GENERIC
from connectors.forms.shape import LOOKED
from hub.connector import Raw


class Whose:
    """Asks every sender. `named` is the one of the settings, "" for none; `secrets` prove whose a post is."""

    def __init__(self, named: str, secrets: Sequence[str]) -> None:
        """Know nobody's post yet."""
        self.fixed = next((sender for sender in ALL if sender.name == named), None)
        self._secrets = secrets
        self._last: tuple[Raw | None, Sender] = None, GENERIC

    def sender(self, raw: Raw) -> Sender:
        """Give whose post it is.

        Who is known by the shape of the answers alone, and does not prove it, is anybody: a visitor may write so.
        """
        if self.fixed is not None:
            return self.fixed
        last, sender = self._last
        if last is not raw:
            sender = self._found(raw)
            if len(raw.body) <= LOOKED:  # several things are asked of each post, one after the other
                self._last = raw, sender
        return sender

    def may_speak(self, raw: Raw) -> bool:
        """Tell whether it may be one's who wants his own answer: few do, and whoever posts waits for this."""
        return self.fixed is not None or _any(SPEAKING, raw)

    def may_be_several(self, raw: Raw) -> bool:
        """Tell whether it may be one's whose post holds several things."""
        return any(sender is self.fixed for sender in SEVERAL) or _any(SEVERAL, raw)

    def _found(self, raw: Raw) -> Sender:
        sender = next((each for each in ALL if unforeseen.says_yes(each, each.knows, raw)), GENERIC)
        may_be_anybody = self._secrets and sender.signs and not sender.is_named(raw)
        return GENERIC if may_be_anybody and unforeseen.doubt(sender, raw, self._secrets) else sender


def _any(senders: Sequence[Sender], raw: Raw) -> bool:
    return any(unforeseen.says_yes(each, each.knows, raw) for each in senders)
