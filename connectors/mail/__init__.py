"""Mail. The reader turns the bytes of a letter into what it says."""

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

__all__ = [
    "WORDS",
    "Address",
    "Attachment",
    "Bounce",
    "Flag",
    "Invitation",
    "Kind",
    "Letter",
    "Verdicts",
    "read_letter",
]
