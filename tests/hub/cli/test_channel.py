"""Channels, set up from the command line."""

from __future__ import annotations

import json
import re
import tomllib
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from connectors.mail import MailConnector, published
from connectors.mail.published import Records
from tests.servers.dovecot import PASSWORD as DOVECOT_PASSWORD
from tests.servers.ports import free_port

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hub.cli.conftest import Ringback
    from tests.servers.asterisk import Asterisk
    from tests.servers.dovecot import Dovecot
    from tests.servers.postfix import Postfix

pytestmark = pytest.mark.usefixtures("data")


class Elsewhere(BaseHTTPRequestHandler):
    """Another hub: it knows nothing of our channels."""

    def do_OPTIONS(self) -> None:
        """Answer as intake does when name and token do not belong together."""
        self.send_error(404)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_a_channels_path_is_printed_alone(ringback: Ringback) -> None:
    assert re.fullmatch(r"/in/website/[\w-]{24}\n", ringback("channel", "url", "website").stdout)


def test_an_unknown_channel_is_told_with_those_there_are(ringback: Ringback) -> None:
    assert "there is no channel “web”; there are: website" in ringback("channel", "url", "web").output


def test_a_channel_is_added_with_its_settings(ringback: Ringback, tmp_path: Path) -> None:
    settings = tmp_path / "repairs.toml"
    settings.write_text('title = "Repairs"\norigins = ["https://klarruta.example"]\n', encoding="utf-8")
    done = ringback("channel", "add", "repairs", "--title", "Repairs", "--settings", settings)
    assert done.output.startswith("/in/repairs/")
    assert "repairs\tform\tRepairs" in ringback("channel", "list").output


def test_a_mistake_in_a_channels_settings_names_file_and_key(ringback: Ringback, tmp_path: Path) -> None:
    settings = tmp_path / "repairs.toml"
    settings.write_text('titel = "Repairs"\n', encoding="utf-8")
    done = ringback("channel", "add", "repairs", "--settings", settings)
    assert f"{settings}: titel: this key is not known; did you mean “title”?" in done.output


def test_a_connector_that_is_not_here_is_told(ringback: Ringback) -> None:
    done = ringback("channel", "add", "pbx", "--kind", "asterix")
    assert "there is no connector “asterix”; there are: asterisk, form" in done.output


def test_a_channels_settings_are_printed_as_toml(ringback: Ringback) -> None:
    shown = tomllib.loads(ringback("channel", "set", "website").stdout)
    assert shown["title"] == "A price for your windows"
    assert shown["origins"] == ["*"]
    assert shown["fields"][0]["choices"] == ["Windows", "Balcony door", "Front door", "Repair"]


def test_printed_settings_make_another_channel(ringback: Ringback, tmp_path: Path) -> None:
    odd = ('intro="Say \\"hej\\"\\n… to \\u007f us"', 'map={ "1.3" = "name" }')
    assert ringback("channel", "set", "website", *odd).exit_code == 0
    shown = ringback("channel", "set", "website").stdout
    file = tmp_path / "again.toml"
    file.write_text(shown, encoding="utf-8")
    assert ringback("channel", "add", "again", "--settings", file).exit_code == 0
    assert ringback("channel", "set", "again").stdout == shown


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("min_seconds=3", "min_seconds = 3.0"),
        ("quarantine=false", "quarantine = false"),
        ('origins=["https://klarruta.example"]', 'origins = ["https://klarruta.example"]'),
        ("thanks=We have it. Two = 2", 'thanks = "We have it. Two = 2"'),
        ("intro=", 'intro = ""'),
        ('title="2027"', 'title = "2027"'),
        ("title=1\ntwo = 2", 'title = "1\\ntwo = 2"'),
    ],
)
def test_a_setting_is_changed_and_the_others_stay(ringback: Ringback, typed: str, kept: str) -> None:
    before = ringback("channel", "set", "website").stdout.splitlines()
    assert ringback("channel", "set", "website", typed).stdout == f"{kept}\n"
    after = ringback("channel", "set", "website").stdout.splitlines()
    assert [line for line in after if line not in before] == [kept]
    assert len(after) == len(before)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("website", "titel=Hej"), "titel: this key is not known; did you mean “title”?"),
        (("website", "intro=Hej", "min_seconds=soon"), "min_seconds: expected `float`, got `str`"),
        (("website", "origins=*"), "origins: expected `array`, got `str`"),
        (("website", 'origins=["klarruta.example"]'), "origin is scheme and host"),
        (("web", "title=Hej"), "there is no channel “web”; there are: website"),
        (("web",), "there is no channel “web”; there are: website"),
    ],
)
def test_a_setting_that_cannot_be_changes_nothing(
    ringback: Ringback, arguments: tuple[str, ...], told: str
) -> None:
    before = ringback("channel", "set", "website").stdout
    done = ringback("channel", "set", *arguments)
    assert done.exit_code == 1
    assert told in done.output
    assert ringback("channel", "set", "website").stdout == before


def test_what_is_no_pair_is_told(ringback: Ringback) -> None:
    done = ringback("channel", "set", "website", "title", "Hej")
    assert done.exit_code == 2
    assert "“title” changes nothing; write KEY=VALUE" in done.output


def test_a_hub_that_does_not_know_the_channel_is_told(ringback: Ringback) -> None:
    with HTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        answering = Thread(target=server.handle_request)
        answering.start()
        done = ringback("channel", "test", "website", "--url", f"http://127.0.0.1:{server.server_port}")
        answering.join()
    assert done.exit_code == 1
    assert "is taken up within seconds; otherwise another hub answers there" in done.output


def test_a_telephone_exchange_says_which_telephones_it_knows(
    ringback: Ringback, asterisk: Asterisk, tmp_path: Path
) -> None:
    settings = tmp_path / "pbx.toml"
    settings.write_text(f'port = {asterisk.ami_port}\nsecret = "{asterisk.secret}"\n', encoding="utf-8")
    ringback("channel", "add", "pbx", "--kind", "asterisk", "--settings", settings)
    lines = ringback("channel", "test", "pbx").stdout.splitlines()
    assert ["102", "nobody sits here"] in [line.split("\t")[:2] for line in lines]
    assert 'secret = "…"' in ringback("channel", "set", "pbx", "secret=wrong").stdout
    assert "wrong" not in ringback("channel", "set", "pbx").stdout
    assert "the secret is wrong" in ringback("channel", "test", "pbx").output


def test_a_mailbox_says_what_works_and_what_does_not(
    ringback: Ringback, dovecot: Dovecot, postfix: Postfix, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(published, "SECONDS", 0.2)
    monkeypatch.setattr(MailConnector, "records", Records(("127.0.0.1", free_port())))
    settings = {
        "imap_host": "127.0.0.1", "imap_port": dovecot.port, "imap_tls": "none", "user": "cli@example.org",
        "password": DOVECOT_PASSWORD, "smtp_host": "127.0.0.1", "smtp_port": postfix.port, "smtp_tls": "none",
    }  # fmt: skip
    file = tmp_path / "office.toml"
    file.write_text(
        "\n".join(f"{key} = {json.dumps(value)}" for key, value in settings.items()), encoding="utf-8"
    )
    ringback("channel", "add", "office", "--kind", "mail", "--settings", file)
    done = ringback("channel", "test", "office", "--send")
    assert (done.exit_code, done.stdout.splitlines()[0][:10]) == (0, "+ Reading:")
    assert "+ A letter: left for cli@example.org" in done.stdout
    assert f"? SPF: {published.CANNOT}" in done.stdout
    ringback("channel", "set", "office", "password=another")
    done = ringback("channel", "test", "office")
    assert done.exit_code == 1
    assert "! Reading: The mail server refuses user “cli@example.org”" in done.stdout


def test_an_open_line_to_another_machine_is_refused_when_it_is_set_up(
    ringback: Ringback, tmp_path: Path
) -> None:
    file = tmp_path / "office.toml"
    file.write_text('imap_host = "mail.klarruta.example"\nimap_tls = "none"\n', encoding="utf-8")
    done = ringback("channel", "add", "office", "--kind", "mail", "--settings", file)
    assert done.exit_code == 1
    assert "mail.klarruta.example is another machine: the line to it must be encrypted." in done.output
