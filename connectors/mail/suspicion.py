"""Why a letter looks like spam: what mail servers on its way said, where it lies, and whom we do not want to read."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.mail.headers import Headers
from connectors.mail.letter import Letter
from hub.said import said


def called_spam(headers: Headers) -> bool:
    """Tell whether a mail server took it for spam, as SpamAssassin, Rspamd and others write it.

    A stranger can write that as well; he harms nobody but himself.
    """
    return (
        headers.first("x-spam-flag").lower() == "yes"
        or headers.first("x-spam").lower() == "yes"
        or headers.first("x-spam-status").lower().startswith("yes")
    )


def suspicions(
    letter: Letter, folder: str, spam_folders: Sequence[str], blocked: Sequence[str]
) -> tuple[str, ...]:
    """Give the reasons, none for a letter that looks real."""
    sender = letter.sender.address.lower() if letter.sender else ""
    domain = f"@{sender.rpartition('@')[2]}"
    unwanted = {each.strip().lower() for each in blocked}
    found = (
        (letter.called_spam, said("The mail server takes it for spam.")),
        (folder in spam_folders, said("It lay in the folder “%(folder)s”.", folder=folder)),
        (bool(sender) and not unwanted.isdisjoint({sender, domain}), said("Its sender is blocked.")),
    )
    return tuple(words for holds, words in found if holds)
