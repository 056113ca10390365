"""How letters leave a mailbox: by which server, as whom, and signed with what."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from msgspec import Meta

from connectors.mail.access_tokens import Grant
from connectors.mail.settings import MailboxSettings
from hub.connector import Secret, WrongSetting
from hub.languages import N_, _

SMTPS = 465
SENT = "Sent"
SENDING, TOKENS, SIGNING = N_("Sending"), N_("Access tokens"), N_("Signing")


class MailSettings(MailboxSettings, frozen=True, kw_only=True):
    """Settings of a mailbox that is written from as well, in the order in which people read them."""

    smtp_host: Annotated[
        str,
        Meta(
            title=N_("Host for sending"),
            description=N_(
                "Where letters are handed over: a server that speaks SMTP. Empty: nothing is sent."
            ),
            extra={"group": SENDING},
        ),
    ] = ""
    smtp_port: Annotated[
        int,
        Meta(
            title=N_("Port for sending"),
            description=N_("465 for smtps; servers that begin in the open use 587."),
            ge=1,
            le=65535,
            extra={"group": SENDING},
        ),
    ] = SMTPS
    smtp_tls: Annotated[
        Literal["smtps", "starttls", "none"],
        Meta(
            title=N_("Sending encrypted"),
            description=N_(
                "smtps: from the first byte. starttls: from soon after. none: only on this very machine."
            ),
            extra={"group": SENDING},
        ),
    ] = "smtps"
    smtp_user: Annotated[
        str,
        Meta(
            title=N_("User for sending"),
            description=N_("Where it is another than that of the mailbox."),
            extra={"group": SENDING},
        ),
    ] = ""
    smtp_password: Annotated[
        Secret,
        Meta(
            title=N_("Password for sending"),
            description=N_("Where it is another than that of the mailbox."),
            extra={"group": SENDING},
        ),
    ] = ""
    sent_folder: Annotated[
        str,
        Meta(
            title=N_("Folder for sent letters"),
            description=N_(
                "Where a copy of each is put that left; “Sent” is the server's own folder for that, whatever its name. "
                "Empty where the server does so itself, as Gmail does."
            ),
            extra={"group": SENDING},
        ),
    ] = SENT
    token_command: Annotated[
        str,
        Meta(
            title=N_("Command for access tokens"),
            description=N_("Prints one, in place of a password (XOAUTH2), each time that we log in."),
            extra={"group": TOKENS, "by_command": True},
        ),
    ] = ""
    token_url: Annotated[
        str,
        Meta(
            title=N_("Address for access tokens"),
            description=N_("Where they are given out (OAuth 2.0), in place of a command."),
            extra={"group": TOKENS},
        ),
    ] = ""
    token_scope: Annotated[
        str,
        Meta(
            title=N_("Scope of access tokens"),
            description=N_("What they are for, where that must be said."),
            extra={"group": TOKENS},
        ),
    ] = ""
    client_id: Annotated[
        str,
        Meta(
            title=N_("Client"),
            description=N_("As what the hub is known where access tokens are given out."),
            extra={"group": TOKENS},
        ),
    ] = ""
    client_secret: Annotated[
        Secret,
        Meta(
            title=N_("Client's secret"),
            description=N_("What was given out for that client."),
            extra={"group": TOKENS},
        ),
    ] = ""
    refresh_token: Annotated[
        Secret,
        Meta(
            title=N_("Refresh token"),
            description=N_("Given out once for this mailbox; without one the client asks in its own name."),
            extra={"group": TOKENS},
        ),
    ] = ""
    dkim_selector: Annotated[
        str,
        Meta(
            title=N_("DKIM selector"),
            description=N_(
                "Under which name the key that signs letters is published. Empty: they are not signed."
            ),
            pattern=r"^([A-Za-z0-9]([A-Za-z0-9.-]{0,61}[A-Za-z0-9])?)?$",
            extra={"group": SIGNING},
        ),
    ] = ""
    dkim_key_file: Annotated[
        str,
        Meta(
            title=N_("File with the DKIM key"),
            description=N_(
                "A private key, RSA or Ed25519, as PEM. Only where the server does not sign itself."
            ),
            extra={"group": SIGNING, "by_command": True},
        ),
    ] = ""

    def __post_init__(self) -> None:
        """Refuse what could never work, and what would carry a password through a network for all to read."""
        super().__post_init__()
        for setting, host, tls in (
            ("imap_tls", self.imap_host, self.imap_tls),
            ("smtp_tls", self.smtp_host, self.smtp_tls),
        ):
            if tls == "none" and host and not _is_this_machine(host):
                words = _("%(host)s is another machine: the line to it must be encrypted.", host=host)
                raise WrongSetting(setting, words)
        if self.token_command and self.token_url:
            raise WrongSetting("token_url", _("Give the command or the address for access tokens, not both."))
        if self.token_url and not self.client_id:
            raise WrongSetting("client_id", _("Access tokens are given out to a client: say which."))
        url = urlsplit(self.token_url)
        if self.token_url and url.scheme != "https" and not _is_this_machine(url.hostname or ""):
            raise WrongSetting("token_url", _("It must begin with https://"))
        if bool(self.dkim_selector) != bool(self.dkim_key_file):
            missing = "dkim_key_file" if self.dkim_selector else "dkim_selector"
            raise WrongSetting(missing, _("To sign letters takes a selector and a key."))

    @property
    def grant(self) -> Grant | None:
        """Give how access tokens are had, None where there is a password."""
        if not self.token_command and not self.token_url:
            return None
        return Grant(self.token_command, self.token_url, self.client_id, self.client_secret,
                     self.refresh_token, self.token_scope)  # fmt: skip

    @property
    def sending_secret(self) -> str:
        """Give the password for sending; OSError where its file cannot be read."""
        return self.smtp_password or self.secret

    @property
    def dkim_key(self) -> bytes:
        """Give the key that signs letters; OSError where its file cannot be read."""
        return Path(self.dkim_key_file).read_bytes()


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
