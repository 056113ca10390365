"""What the one who runs a command can put right, in a sentence: files, folders, ports and databases."""

from __future__ import annotations

import errno
import socket
from urllib.parse import urlsplit

from asyncpg import InterfaceError, PostgresError  # type: ignore[import-untyped]
from sqlalchemy.exc import ArgumentError, DBAPIError

from hub.migrations import TooNewError
from hub.settings import SettingsError, database_url
from hub.sqlite import AlreadyOpenError

UNREACHABLE = {errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ETIMEDOUT}
PORT_TROUBLE = {
    errno.EADDRINUSE: "another program listens there; choose another port with --listen HOST:PORT",
    errno.EADDRNOTAVAIL: "this machine has no such address; choose one of its own with --listen HOST:PORT",
    errno.EACCES: "ports below 1024 are for root; choose another with --listen HOST:PORT",
}


def words_for(error: Exception) -> str | None:
    """Say what is wrong and what to do; None for what is our own mistake."""
    if isinstance(error, SettingsError | AlreadyOpenError | TooNewError):
        return str(error)
    if isinstance(error, ArgumentError):
        return "RINGBACK_DATABASE: this is no database's address; write postgresql://user:password@host/name"
    if isinstance(error, DBAPIError):
        return _store_trouble(error.orig or error)
    if isinstance(error, PostgresError | InterfaceError):
        return _store_trouble(error)
    if isinstance(error, OSError):
        return _system_trouble(error)
    return None


def port_trouble(listen: tuple[str, int], error: OSError) -> str | None:
    """Say why we cannot listen there; None if the error is about something else."""
    if isinstance(error, socket.gaierror):
        return f"--listen {listen[0]}:{listen[1]}: there is no host of this name"
    trouble = PORT_TROUBLE.get(error.errno or 0) if error.filename is None else None
    return f"--listen {listen[0]}:{listen[1]}: {trouble}" if trouble else None


def _system_trouble(error: OSError) -> str | None:
    url = database_url()
    if url and (isinstance(error, socket.gaierror | TimeoutError) or error.errno in UNREACHABLE):
        return (
            f"RINGBACK_DATABASE: no database answers at {_place(url)}; is it running, is the address right?"
        )
    if error.filename is None:
        return None
    advice = {
        FileExistsError: "a file is in the way; choose another folder with --data DIR",
        NotADirectoryError: "a file is in the way; choose another folder",
        PermissionError: "this user may not write there; change its owner, or choose another place",
        FileNotFoundError: "there is no such file or folder",
    }.get(type(error), error.strerror or "it cannot be used")
    return f"{error.filename}: {advice}"


def _store_trouble(error: BaseException) -> str:
    words = (str(error).strip() or type(error).__name__).splitlines()[0]
    url = database_url()
    if url is None:
        return f"the database in the data folder cannot be used: {words}"
    return f"RINGBACK_DATABASE: the database at {_place(url)} says: {words}"


def _place(url: str) -> str:
    """Name host and database; never the password."""
    parts = urlsplit(url)
    return f"{parts.netloc.rpartition('@')[2]}{parts.path}"
