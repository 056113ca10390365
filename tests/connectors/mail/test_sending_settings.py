"""What could never work, or would show a password to a network, is refused when it is set up."""

from __future__ import annotations

import pytest

from connectors.mail import MailSettings
from hub.connector import WrongSetting

OTHER = "mail.klarruta.example"
WRONG = {
    "imap in the open": ({"imap_host": OTHER, "imap_tls": "none"}, "imap_tls"),
    "smtp in the open": ({"smtp_host": OTHER, "smtp_tls": "none"}, "smtp_tls"),
    "smtp in the open, by number": ({"smtp_host": "192.0.2.1", "smtp_tls": "none"}, "smtp_tls"),
    "two ways to a token": ({"token_command": "token", "token_url": "https://a.example"}, "token_url"),
    "a token for nobody": ({"token_url": "https://a.example"}, "client_id"),
    "a token in the open": ({"token_url": "http://a.example", "client_id": "hub"}, "token_url"),
    "a token in the open, as if here": (
        {"token_url": "http://localhost.a.example", "client_id": "hub"},
        "token_url",
    ),
    "a selector without a key": ({"dkim_selector": "s1"}, "dkim_key_file"),
    "a key without a selector": ({"dkim_key_file": "key"}, "dkim_selector"),
    "what the mailbox refuses": ({"folders": ()}, "folders"),
}


@pytest.mark.parametrize(("settings", "named"), WRONG.values(), ids=WRONG)
def test_it_is_refused_and_says_which(settings: dict[str, object], named: str) -> None:
    with pytest.raises(WrongSetting) as raised:
        MailSettings(**settings)  # type: ignore[arg-type]
    assert raised.value.setting == named


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1", "127.9.9.9"])
def test_on_this_very_machine_a_line_may_be_open(host: str) -> None:
    MailSettings(imap_host=host, imap_tls="none", smtp_host=host, smtp_tls="none")


def test_sending_has_the_mailboxs_password_unless_it_has_its_own() -> None:
    assert MailSettings(password="a").sending_secret == "a"  # noqa: S105, S106 - made up
    assert MailSettings(password="a", smtp_password="b").sending_secret == "b"  # noqa: S105, S106 - made up
