"""Runs an application and its loops until told to stop."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import uvicorn
import uvloop

from wallet.errors import UsageError
from wallet.server.http.asgi import Guarded
from wallet.server.http.door import Door

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator, Sequence

    from wallet.server.http.asgi import App

    Job = Callable[[], Coroutine[Any, Any, None]]

_GRACE = 2
_THREADS = 16  # some always free: each application bounds what it does at once


def until_signalled(
    app: App,
    *,
    host: str,
    port: int,
    listening: Callable[[str], None],
    jobs: Sequence[Job] = (),
    threads: int = _THREADS,
) -> None:
    """Serve until SIGINT or SIGTERM. *listening* hears the address, once."""
    _log_in_lines()

    async def main() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await until(
            stop,
            app,
            host=host,
            port=port,
            listening=listening,
            jobs=jobs,
            threads=threads,
        )

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())


async def until(
    stop: asyncio.Event,
    app: App,
    *,
    host: str,
    port: int,
    listening: Callable[[str], None],
    jobs: Sequence[Job] = (),
    threads: int = _THREADS,
) -> None:
    """Serve until *stop*, or until a job fails. Port 0 takes any that is free.

    Raises:
        UsageError: somebody else listens there, or nobody may.
    """
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(threads))
    try:
        door = socket.create_server((host, port), backlog=1024)
    except OSError as error:
        raise UsageError(f"cannot listen at {host} {port}: {error.strerror}") from error
    config = uvicorn.Config(
        Guarded(app),
        http=Door,
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        log_level="critical",  # what strangers send is no news; `Guarded` tells ours
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE,
    )
    url = f"http://{host}:{door.getsockname()[1]}"
    server = _Server(config, listening=lambda: listening(url))
    serving = asyncio.create_task(server.serve(sockets=[door]))
    running = [asyncio.create_task(job()) for job in jobs]
    waiting = asyncio.create_task(stop.wait())
    await asyncio.wait(
        [serving, waiting, *running], return_when=asyncio.FIRST_COMPLETED
    )
    # Whoever waits for an answer has a moment to get it: the loops still run.
    server.should_exit = True
    await asyncio.wait([serving])
    for task in (waiting, *running):
        task.cancel()
    ended = await asyncio.gather(serving, waiting, *running, return_exceptions=True)
    door.close()
    for outcome in ended:
        if isinstance(outcome, Exception):
            raise outcome


class _Lines(logging.Formatter):
    """One JSON object a line: when, how bad, who, what."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one line; never an exception's own text, which may hold anything."""
        said = {
            "at": int(record.created),
            "level": record.levelname.lower(),
            "who": record.name,
            "said": record.getMessage(),
        }
        return json.dumps(said)


def _log_in_lines() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(_Lines())
    logging.getLogger().addHandler(handler)


class _Server(uvicorn.Server):
    """A server that tells when it listens and leaves signals to its caller."""

    def __init__(
        self, config: uvicorn.Config, *, listening: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Say so once the door is open."""
        await super().startup(sockets=sockets)
        if self.started:
            self._listening()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield
