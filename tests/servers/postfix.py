"""A real Postfix on loopback: it takes letters with and without TLS and log-in, and passes them on.

What is for example.org goes into the mailboxes of the tests' own Dovecot, which also checks who logs in. Everything
else goes to a port where a test's sink may listen; what that refuses comes back as Postfix's own bounce.
"""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.servers.debian import MissingError
from tests.servers.dovecot import Dovecot
from tests.servers.ports import free_port
from tests.servers.unpacked import unpacked

SUITE = "bookworm"
CONFIGURATION = Path(__file__).with_name("postfix_conf")
DAEMONS = "usr/lib/postfix/sbin"
OWNER, GROUP = "uucp", "mail"  # of every Debian, used by nobody else; Postfix insists on two of its own
OF_OWNER = (
    "active",
    "bounce",
    "corrupt",
    "defer",
    "deferred",
    "flush",
    "hold",
    "incoming",
    "private",
    "saved",
    "trace",
)
SECONDS = 30
# It changes its user for a moment, and so would not be told that we died: who watches over it is.
WATCH = """"$0" -s -c "$1" & trap 'kill $!; wait; exit' TERM; wait"""


class Postfix:
    """A server in a folder of its own, beside a Dovecot."""

    def __init__(self, folder: Path, dovecot: Dovecot) -> None:
        """Choose ports, and write the configuration."""
        self.folder = folder
        self.port, self.submission_port, self.smtps_port = free_port(), free_port(), free_port()
        self.sink_port = free_port()
        """Where it takes what is for others."""
        self.asking_port, self.policy_port = free_port(), free_port()
        """Where it asks, of each recipient, a test's own server on the second port."""
        self._dovecot = dovecot
        self._tree = unpacked(SUITE, "postfix")
        self._watch: subprocess.Popen[bytes] | None = None
        self._configure()

    @property
    def process_id(self) -> int:
        """The process that leads the others."""
        return int((self.folder / "queue/pid/master.pid").read_text())

    def start(self) -> None:
        """Start it and wait until it serves. It ends with the thread that called this."""
        with (self.folder / "console").open("ab") as log:
            self._watch = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", "sh", "-c", WATCH,
                 self.folder / "daemons/master", self.folder / "conf"],
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + SECONDS
        while not all(map(_is_open, (self.port, self.submission_port, self.smtps_port))):
            if time.monotonic() > deadline or self._watch.poll() is not None:
                raise RuntimeError(f"Postfix did not start: {self.words()}")
            time.sleep(0.02)

    def end(self) -> None:
        """End it and all that it started."""
        if self._watch is not None:
            with contextlib.suppress(OSError, ValueError):
                leader = self.process_id
                self._watch.terminate()
                self._watch.wait(SECONDS)
                os.killpg(leader, signal.SIGKILL)
            self._watch.kill()
            self._watch.wait(SECONDS)

    def words(self) -> str:
        """Give the end of what it said."""
        told = (self.folder / "console", self.folder / "log")
        return "\n".join(path.read_text(errors="replace")[-3000:] for path in told if path.exists())

    def _configure(self) -> None:
        owner, group = pwd.getpwnam(OWNER), grp.getgrnam(GROUP).gr_gid
        for name in ("conf", "daemons", "data", "queue"):
            (self.folder / name).mkdir()
        os.chown(self.folder / "data", owner.pw_uid, -1)
        for name in (*OF_OWNER, "maildrop", "public", "pid"):
            place = self.folder / "queue" / name
            place.mkdir(mode=0o700)
            if name != "pid":
                os.chown(place, owner.pw_uid, group if name in {"maildrop", "public"} else -1)
        (self.folder / "queue/public").chmod(0o710)
        (self.folder / "queue/maildrop").chmod(0o730)
        self._wrap_daemons()
        values = {
            "@HERE@": self.folder, "@DAEMONS@": self.folder / "daemons", "@OWNER@": OWNER, "@GROUP@": GROUP,
            "@LIBRARIES@": self._tree.root / "usr/lib/postfix", "@LMTP@": self._dovecot.lmtp_port,
            "@AUTH@": self._dovecot.auth_port, "@SINK@": self.sink_port,
            "@CERTIFICATE@": self._dovecot.certificate, "@KEY@": self._dovecot.folder / "server.key",
            "@ASKING@": self.asking_port, "@POLICY@": self.policy_port, "@SMTP@": self.port,
            "@SUBMISSION@": self.submission_port, "@SMTPS@": self.smtps_port,
        }  # fmt: skip
        for place in CONFIGURATION.glob("*.cf"):
            text = place.read_text()
            for name, value in values.items():
                text = text.replace(name, str(value))
            (self.folder / "conf" / place.name).write_text(text)

    def _wrap_daemons(self) -> None:
        """Have every program of it run by the loader and libraries that came with it."""
        libraries = f"{self._tree.libraries}:{self._tree.root}/usr/lib/postfix"
        loader = next(self._tree.libraries.glob("ld-linux*.so.*")).resolve()
        for program in (self._tree.root / DAEMONS).iterdir():
            wrapper = self.folder / "daemons" / program.name
            wrapper.write_text(
                f'#!/bin/sh\nexec {loader} --library-path {libraries} --argv0 "$0" {program} "$@"\n'
            )
            wrapper.chmod(0o755)


@contextlib.contextmanager
def running(dovecot: Dovecot) -> Iterator[Postfix]:
    """Start a server and stop it at the end, also when the tests are killed; MissingError where there is none."""
    if os.geteuid() != 0:
        raise MissingError("Postfix can only be started by root: run these tests as root, or in a container")
    if not shutil.which("setpriv"):
        raise MissingError("setpriv is missing: apt-get install util-linux")
    with tempfile.TemporaryDirectory(prefix="ringback-postfix-") as folder:
        Path(folder).chmod(0o755)
        server = Postfix(Path(folder), dovecot)
        try:
            server.start()
            yield server
        finally:
            server.end()


def _is_open(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
