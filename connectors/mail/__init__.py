"""Mail. The reader turns the bytes of a letter into what it says, the connector that into what the business needs.

What is named here is loaded when it is asked for: who sends letters to many, in a process of its own, needs little.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.mail import web
    from connectors.mail.connector import MailConnector
    from connectors.mail.letter import (
        WORDS,
        Address,
        Attachment,
        Bounce,
        Flag,
        Invitation,
        Kind,
        Letter,
        Verdicts,
    )
    from connectors.mail.reader import read_letter
    from connectors.mail.sending_settings import MailSettings

__all__ = [
    "WORDS",
    "Address",
    "Attachment",
    "Bounce",
    "Flag",
    "Invitation",
    "Kind",
    "Letter",
    "MailConnector",
    "MailSettings",
    "Verdicts",
    "read_letter",
    "web",
]
_ROOMS = {"MailConnector": "connector", "read_letter": "reader", "MailSettings": "sending_settings"}


def __getattr__(name: str) -> object:
    """Load what is asked for, with the pages of mailboxes beside the connector."""
    if name not in __all__:
        raise AttributeError(name)
    web = import_module("connectors.mail.web")
    return web if name == "web" else getattr(import_module(f"{__name__}.{_ROOMS.get(name, 'letter')}"), name)
