"""Ports kept for servers that have not begun yet, or come back after they died."""

from __future__ import annotations

import socket
from contextlib import ExitStack


class Ports:
    """Ports of the loopback address that are ours for as long as this is open.

    Each is bound here and only then said to be shared, but nobody listens. So the
    kernel gives it to nobody, neither to a listener that asks for any nor to a
    connection that leaves; and a server that knows its number and shares as well (all
    do, see SO_REUSEADDR in socket(7)) may listen there, once and again.
    """

    def __init__(self) -> None:
        """Keep none yet."""
        self._held = ExitStack()

    def take(self) -> int:
        """One more port, on which nobody listens."""
        here = self._held.enter_context(socket.socket())
        here.bind(("127.0.0.1", 0))
        here.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return int(here.getsockname()[1])

    def close(self) -> None:
        """Let go of all of them."""
        self._held.close()
