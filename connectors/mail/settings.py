"""How a mailbox is set up that is read: where it is, who we are there, and what of it is ours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

from connectors.mail.form_senders import Meanings, read_form_senders
from hub.connector import Secret, Settings, WrongSetting
from hub.languages import N_, _

IMAPS = 993
READING, SPAM = N_("Reading"), N_("Spam")
"""The parts of the form in which these settings stand."""
LONGEST_SAID = 80  # letters of what was written wrongly
_ADDRESS = re.compile(r"[^\s<>@\"(),;:]{1,64}@[^\s<>@\"(),;:]{1,255}")


class MailboxSettings(Settings, frozen=True, kw_only=True):
    """Settings of a mailbox that is read, in the order in which people read them."""

    imap_host: Annotated[
        str, Meta(title=N_("Host"), description=N_("Where the mailbox is: a server that speaks IMAP."))
    ] = ""
    imap_port: Annotated[
        int,
        Meta(
            title=N_("Port"),
            description=N_("993 for imaps; servers that begin in the open use 143."),
            ge=1,
            le=65535,
        ),
    ] = IMAPS
    imap_tls: Annotated[
        Literal["imaps", "starttls", "none"],
        Meta(
            title=N_("Encrypted"),
            description=N_(
                "imaps: from the first byte. starttls: from soon after. none: only on this very machine."
            ),
        ),
    ] = "imaps"
    user: Annotated[
        str, Meta(title=N_("User"), description=N_("Who signs in; often the mail address itself."))
    ] = ""
    password: Annotated[Secret, Meta(title=N_("Password"), description=N_("The one of that user."))] = ""
    password_file: Annotated[
        str,
        Meta(
            title=N_("File with the password"),
            description=N_("A path, in place of the password itself."),
            extra={
                "by_command": True
            },  # whoever may name any file here could have it sent to a host of his own
        ),
    ] = ""
    address: Annotated[
        str,
        Meta(
            title=N_("Mail address"),
            description=N_("Ours: the one to which customers write, such as support@klarruta.example."),
        ),
    ] = ""
    folders: Annotated[
        tuple[str, ...],
        Meta(
            title=N_("Folders"),
            description=N_("Those whose letters are taken, as the server names them."),
            extra={"group": READING},
        ),
    ] = ("INBOX",)
    read_from: Annotated[
        str,
        Meta(
            title=N_("Read from"),
            description=N_(
                "The first day whose letters are taken, as 2026-01-31; without one, those that come from now on."
            ),
            extra={"group": READING},
        ),
    ] = ""
    afterwards: Annotated[
        Literal["leave", "mark", "move"],
        Meta(
            title=N_("Once a letter is taken"),
            description=N_(
                "leave: the mailbox is left as it is. mark: it is marked as read. move: it goes into another folder."
            ),
            extra={"group": READING},
        ),
    ] = "leave"
    move_to: Annotated[
        str,
        Meta(
            title=N_("Moved to"),
            description=N_("The folder for “move”, as the server names it."),
            extra={"group": READING},
        ),
    ] = ""
    spam_folders: Annotated[
        tuple[str, ...],
        Meta(
            title=N_("Spam folders"),
            description=N_(
                "Folders that are read as well; what lies there is set aside until somebody says that it is real."
            ),
            extra={"group": SPAM},
        ),
    ] = ()
    blocked: Annotated[
        tuple[str, ...],
        Meta(
            title=N_("Blocked senders"),
            description=N_("Addresses, or whole domains such as @example.com, whose letters are set aside."),
            extra={"group": SPAM},
        ),
    ] = ()
    forms: Annotated[
        tuple[str, ...],
        Meta(
            title=N_("Forms by mail"),
            description=N_(
                "Senders whose letters are forms of a website, such as wordpress@klarruta.example, and what an answer "
                "means where its name does not say so: wordpress@klarruta.example: Ditt nr = phone"
            ),
            extra={"group": READING},
        ),
    ] = ()
    department: Annotated[
        str,
        Meta(
            title=N_("Department"),
            description=N_("Whose task a letter is; without one the company's first."),
        ),
    ] = ""
    trusted_server: Annotated[
        str,
        Meta(
            title=N_("Server that checks senders"),
            description=N_(
                "How your mail server calls itself in Authentication-Results. What it found out about a sender "
                "is shown; what others claim is not."
            ),
            extra={"group": SPAM},
        ),
    ] = ""

    def __post_init__(self) -> None:
        """Refuse what could never work."""
        if self.password and self.password_file:
            raise WrongSetting("password_file", _("Give the password or the file with it, not both."))
        if self.address and not _ADDRESS.fullmatch(self.address):
            raise WrongSetting(
                "address", _("“%(email)s” is no mail address", email=self.address[:LONGEST_SAID])
            )
        if not self.folders:
            raise WrongSetting("folders", _("Name one folder at least."))
        if self.afterwards == "move" and (not self.move_to or self.move_to in self.every_folder):
            raise WrongSetting("move_to", _("Name a folder that is not read itself."))
        try:
            read_form_senders(self.forms)
        except ValueError as error:
            raise WrongSetting("forms", str(error)) from None
        if self.read_from and not _is_day(self.read_from):
            raise WrongSetting(
                "read_from", _("“%(day)s” is no day; write it like 2026-01-31", day=self.read_from)
            )

    @property
    def every_folder(self) -> tuple[str, ...]:
        """Give all folders that are read, each once."""
        return tuple(dict.fromkeys((*self.folders, *self.spam_folders)))

    @property
    def form_senders(self) -> Mapping[str, Meanings]:
        """Give the senders whose letters are forms, in lower case, and what their answers mean by label."""
        return read_form_senders(self.forms)

    @property
    def first_day(self) -> date | None:
        """Give the first day whose letters are taken; None: those that come from now on."""
        return date.fromisoformat(self.read_from) if self.read_from else None

    @property
    def secret(self) -> str:
        """Give the password; OSError where its file cannot be read."""
        if self.password_file:
            return Path(self.password_file).read_text(encoding="utf-8").strip()
        return self.password


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
