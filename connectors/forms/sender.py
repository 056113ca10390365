"""Who posts to a form's address: what a file of `senders/` says of one site builder, shop or service."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from connectors.forms.post import Post
from hub.connector import Answer, Raw


class Sender:
    """One kind of sender. All of it is pure, quick and total: bytes from outside raise ValueError and nothing else."""

    # The labels that it uses for itself, as a visitor's form would have them; None where it takes all answers anyway.
    own: ClassVar[re.Pattern[str] | None] = None

    name: ClassVar[str]  # as in the settings, such as "woocommerce"
    title: ClassVar[str]  # as it calls itself, such as "WooCommerce"
    signs: ClassVar[bool] = False  # its posts can be proven genuine with a secret
    queues: ClassVar[bool] = False  # it keeps what it could not send, and then sends all of it at once
    several: ClassVar[bool] = False  # one post may hold several things, which `parts` gives

    def knows(self, raw: Raw) -> bool:
        """Tell by headers and shape whether this sender wrote it."""
        raise NotImplementedError

    def is_named(self, raw: Raw) -> bool:
        """Tell whether it is surely this sender's: by headers, an address or a password that no visitor's form has."""
        del raw
        return False

    def doubt(self, raw: Raw, secrets: Sequence[str]) -> str:
        """Say in words why it is not proven genuine by any of these secrets, "" for genuine; asked where it `signs`."""
        del raw, secrets
        return ""

    def is_ping(self, raw: Raw) -> bool:
        """Tell whether it merely tries the address."""
        del raw
        return False

    def asks(self, raw: Raw) -> bool:
        """Tell whether it is a question of this sender's, which has no body."""
        del raw
        return False

    def is_long(self, raw: Raw) -> bool:
        """Tell whether reading may take longer than the size says."""
        del raw
        return False

    def read(self, raw: Raw) -> Sequence[Post]:
        """Give what it means: mostly one; none where it says nothing that anybody must know."""
        raise NotImplementedError

    def parts(self, raw: Raw) -> Sequence[Raw]:
        """Give what it is made of, where it holds several things that are read one by one; none for one thing.

        Asked where the sender has `several`.
        """
        del raw
        return ()

    @classmethod
    def speaks(cls) -> bool:
        """Tell whether it may want another answer than the usual one."""
        return (cls.answer, cls.reply) != (Sender.answer, Sender.reply)

    def answer(self, raw: Raw) -> Answer | None:
        """Give the answer that it wants to hear once its post was taken; None for the usual one."""
        del raw
        return None

    def reply(self, raw: Raw, thanks: str) -> Answer | None:
        """Give the same where the answer says words of thanks to the visitor, which are the owner's."""
        del thanks
        return self.answer(raw)
