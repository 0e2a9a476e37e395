"""Serving the built site on this machine, for looking at it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tradeflow.errors import InputError, StorageError


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        return


@contextmanager
def serving(folder: Path, port: int) -> Iterator[ThreadingHTTPServer]:
    """A server of the site on 127.0.0.1; `server_port` tells the port where 0 was asked.

    Raises:
        StorageError: no site has been built.
        InputError: the port is taken.
    """
    if not (folder / "index.html").exists():
        raise StorageError(f"{folder} holds no site; build it: tradeflow site build")
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), partial(_Quiet, directory=str(folder)))
    except OSError as error:
        raise InputError(f"port {port} cannot be used: {error.strerror}") from error
    try:
        yield server
    finally:
        server.server_close()
