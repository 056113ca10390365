"""A real Dovecot on loopback: IMAP plain, with STARTTLS and with TLS, and LMTP to put letters in.

Any user of any name has the one password and an empty mailbox, so that each test takes a user of its own.
"""

from __future__ import annotations

import base64
import contextlib
import grp
import hashlib
import hmac
import json
import os
import pwd
import shutil
import signal
import smtplib
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.servers.debian import MissingError, need
from tests.servers.dovecot_tree import Programs
from tests.servers.ports import free_port

CONFIGURATION = Path(__file__).with_name("dovecot_conf")
PASSWORD = r's"e\cret'  # noqa: S105 - of a server that lives for these tests
SIGNED_BY = b"the tests' own key"
SECONDS = 30


class Dovecot:
    """A server in a folder of its own. It keeps its ports and its letters over a restart."""

    def __init__(self, programs: Programs, folder: Path) -> None:
        """Choose ports and write the configuration."""
        self.folder = folder
        self.port, self.tls_port, self.lmtp_port, self.auth_port = (free_port() for _ in range(4))
        self.certificate = folder / "server.crt"
        self._programs = programs
        self._owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.getuid())
        self._process: subprocess.Popen[bytes] | None = None
        self._groups: list[int] = []
        self._configure()

    @property
    def process_id(self) -> int:
        """The process that runs, or ran last."""
        assert self._process is not None
        return self._process.pid

    @property
    def trust(self) -> ssl.SSLContext:
        """Give what a client needs to trust its certificate."""
        return ssl.create_default_context(cafile=self.certificate)

    def start(self) -> None:
        """Start it and wait until it serves. It ends with the thread that called this."""
        owner = ["--reuid", str(self._owner.pw_uid), "--regid", str(self._owner.pw_gid), "--clear-groups"]
        become = ["setpriv", "--pdeathsig", "TERM", *(owner if os.geteuid() == 0 else [])]
        with (self.folder / "console").open("ab") as log:
            self._process = subprocess.Popen(
                [*become, *self._programs.master(self.folder / "dovecot.conf")], cwd=self.folder,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self._groups.append(self.process_id)
        self._wait(is_up=True)

    def stop(self) -> None:
        """End it as an admin does; its clients are told."""
        assert self._process is not None
        self._process.terminate()
        self._process.wait(SECONDS)
        self._wait(is_up=False)

    def kill(self) -> None:
        """End all of it at once, as a power cut would."""
        self.end_all()
        self._wait(is_up=False)
        (self.folder / "run/master.pid").unlink(missing_ok=True)

    def end_all(self) -> None:
        """End whatever was started and still lives, those too that linger after a stop."""
        for group in self._groups:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        self._groups.clear()
        if self._process is not None:
            self._process.wait(SECONDS)

    def deliver(self, user: str, *letters: bytes) -> None:
        """Put letters into a mailbox as a mail server would: once this returns, they are there."""
        with smtplib.LMTP("127.0.0.1", self.lmtp_port) as line:
            for letter in letters:
                line.sendmail("customer@example.net", [f"{user}@example.org"], letter)

    def fill(self, user: str, letters: Iterable[bytes]) -> None:
        """Put many letters into an inbox at once, past the server."""
        new = self._mail(user) / "new"
        for number, letter in enumerate(letters):
            (new / f"{int(time.time())}.{number:06}.test").write_bytes(letter)

    def renumber(self, user: str) -> None:
        """Have the inbox begin with a new UIDVALIDITY, as after a restored backup; nobody may have it open."""
        home = self._mail(user)
        for name in ("dovecot-uidlist", "dovecot.index", "dovecot.index.log", "dovecot.index.cache"):
            (home / name).unlink(missing_ok=True)

    def token(self, user: str, seconds: float = 3600) -> str:
        """Sign an OAuth2 token that lets a user in for so long."""
        at = int(time.time()) - 60  # what the server reads as the time may be of the second before
        claims = {
            "sub": f"{user}@example.org",
            "iat": at,
            "nbf": at,
            "exp": at + 60 + int(seconds),
            "azp": "hub",
        }
        parts = ({"typ": "JWT", "alg": "HS256", "kid": "test"}, claims)
        told = b".".join(_base64(json.dumps(part).encode()) for part in parts)
        return (told + b"." + _base64(hmac.digest(SIGNED_BY, told, hashlib.sha256))).decode()

    def words(self) -> str:
        """Give the end of what it said."""
        told = (self.folder / "console", self.folder / "log")
        return "\n".join(path.read_text(errors="replace")[-2000:] for path in told if path.exists())

    def _mail(self, user: str) -> Path:
        """Give the folder of an inbox, made as its owner's if it is not there."""
        home = self.folder / "mail" / user
        for folder in (home, *(home / name for name in ("cur", "new", "tmp"))):
            folder.mkdir(exist_ok=True)
            self._give_away(folder)
        return home

    def _wait(self, *, is_up: bool) -> None:
        """Wait until it takes connections, or its last process has let go of the port."""
        assert self._process is not None
        deadline = time.monotonic() + SECONDS
        while _is_open(self.port) != is_up:
            if time.monotonic() > deadline or (is_up and self._process.poll() is not None):
                raise RuntimeError(f"Dovecot did not {'start' if is_up else 'stop'}: {self.words()}")
            time.sleep(0.02)

    def _give_away(self, place: Path) -> None:
        if os.geteuid() == 0:
            os.chown(place, self._owner.pw_uid, self._owner.pw_gid)

    def _configure(self) -> None:
        for name in ("run", "state", "mail", "home", "keys/hub/HS256"):
            (self.folder / name).mkdir(parents=True)
        (self.folder / "keys/hub/HS256/test").write_bytes(base64.b64encode(SIGNED_BY))
        (self.folder / "log").touch()
        self._programs.lead(self.folder / "run")
        subprocess.run(
            [need("openssl", "/usr/bin/openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
             "-subj", "/CN=mail", "-addext", "subjectAltName=IP:127.0.0.1",
             "-keyout", self.folder / "server.key", "-out", self.certificate],
            check=True, capture_output=True, timeout=SECONDS,
        )  # fmt: skip
        values = {
            "@HERE@": self.folder, "@LIBEXEC@": self._programs.libexec, "@PASSWORD@": PASSWORD,
            "@RUN@": f"{self._programs.loader()} {self._programs.libexec}",
            "@USER@": self._owner.pw_name, "@GROUP@": grp.getgrgid(self._owner.pw_gid).gr_name,
            "@IMAP@": self.port, "@IMAPS@": self.tls_port, "@LMTP@": self.lmtp_port,
            "@AUTH@": self.auth_port,
        }  # fmt: skip
        for place in CONFIGURATION.glob("*.conf"):
            text = place.read_text()
            for name, value in values.items():
                text = text.replace(name, str(value))
            (self.folder / place.name).write_text(text)
        for place in (self.folder, *self.folder.iterdir()):
            self._give_away(place)


@contextlib.contextmanager
def running() -> Iterator[Dovecot]:
    """Start a server and stop it at the end, also when the tests are killed; MissingError where there is none."""
    if not shutil.which("setpriv"):
        raise MissingError("setpriv is missing: apt-get install util-linux")
    with tempfile.TemporaryDirectory(prefix="ringback-dovecot-") as folder:
        programs = Path(folder, "tree")
        server = Dovecot(Programs(programs), _made(Path(folder, "server")))
        Path(folder).chmod(0o755)
        try:
            server.start()
            yield server
        finally:
            server.end_all()


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _is_open(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def _base64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
