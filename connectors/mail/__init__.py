"""Mail. The reader turns the bytes of a letter into what it says, the connector that into what the business needs."""

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
