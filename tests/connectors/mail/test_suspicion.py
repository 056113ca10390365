"""Letters that look like spam say why: what a mail server thought, where they lie, whom nobody wants to read."""

from __future__ import annotations

import pytest

from connectors.mail import MailConnector, MailSettings
from hub.clock import now
from hub.connector import Raw, WrongSetting

SETTINGS = MailSettings(spam_folders=("Junk",), blocked=("Bad@example.net", "@Spam.example"))


def suspicions(head: str, folder: str = "INBOX") -> tuple[str, ...]:
    """Give why a letter with these headers looks like spam."""
    raw = Raw(body=f"{head}\r\n\r\nHello\r\n".encode(), headers={"folder": folder}, received_at=now())
    [event] = MailConnector("post", "", SETTINGS).read(raw)
    return event.suspicion


@pytest.mark.parametrize("head", [
    "X-Spam-Flag: YES", "X-Spam: Yes", "X-Spam-Status: Yes, score=9.1 required=5.0", "x-spam-flag:yes",
])  # fmt: skip
def test_what_a_mail_server_takes_for_spam(head: str) -> None:
    assert suspicions(f"From: a@example.org\r\n{head}") == ("The mail server takes it for spam.",)


@pytest.mark.parametrize("head", [
    "X-Spam-Flag: NO", "X-Spam-Status: No, score=1", "X-Spam-Score: 9", "Subject: X-Spam-Flag: YES",
])  # fmt: skip
def test_what_a_mail_server_takes_for_real(head: str) -> None:
    assert suspicions(f"From: a@example.org\r\n{head}") == ()


def test_what_lies_in_a_folder_for_spam() -> None:
    assert suspicions("From: a@example.org", "Junk") == ("It lay in the folder “Junk”.",)


@pytest.mark.parametrize("sender", ["bad@example.net", "BAD@EXAMPLE.NET", "anybody@spam.example"])
def test_whom_nobody_wants_to_read(sender: str) -> None:
    assert suspicions(f"From: Somebody <{sender}>") == ("Its sender is blocked.",)


@pytest.mark.parametrize("sender", ["good@example.net", "bad@sub.spam.example"])
def test_whom_one_wants_to_read(sender: str) -> None:
    assert suspicions(f"From: Somebody <{sender}>") == ()


@pytest.mark.parametrize("move_to", ["", "INBOX", "Junk"])
def test_a_folder_that_is_read_is_none_to_move_to(move_to: str) -> None:
    with pytest.raises(WrongSetting):
        MailSettings(afterwards="move", move_to=move_to, spam_folders=("Junk",))
