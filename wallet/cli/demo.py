"""`heartwood demo`: a world on this machine to try things in, or to watch the story."""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import sys
import tempfile
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from wallet.actions.demo.building import bring_in, build
from wallet.actions.demo.children import Children, DemoError
from wallet.actions.demo.story import STEPS, Stage, Told, play
from wallet.cli.answer import FAULT, Answer
from wallet.errors import UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from wallet.actions.demo.parties import World

_LOOK_EVERY = 0.5


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare `demo --up` and `demo --story`."""
    demo = commands.add_parser("demo", help="a world on this machine")
    what = demo.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--up",
        dest="run",
        action="store_const",
        const=_up,
        help="start it and keep it running until interrupted",
    )
    what.add_argument(
        "--story",
        dest="run",
        action="store_const",
        const=_story,
        help="play the story in the terminal, each step verified",
    )


def _up(args: argparse.Namespace) -> Answer:
    """Start the world, say where everything is, and wait to be interrupted."""
    with (
        _interrupted() as stop,
        _folder(args.home) as folder,
        Children(folder / "logs") as children,
    ):
        world = build(folder, children, today=datetime.now(UTC).date(), say=_aside)
        bring_in(world)
        _publish(world, as_json=args.json)
        _watch(children, stop)
    raise SystemExit(0)  # the one line is printed; nothing follows it


def _story(args: argparse.Namespace) -> Answer:
    """Play every step; exit 0 only when each was verified."""
    said: list[str] = []

    def tell(line: str) -> None:
        said.append(line)
        if not args.json:
            print(line, flush=True)

    def told(number: int, one: Told) -> None:
        tell(f"{number:2}. {one.title}\n    {one.seen}")

    began = datetime.now(UTC)
    with (
        _interrupted(),
        _folder(args.home) as folder,
        Children(folder / "logs") as children,
    ):
        tell("A ledger, three witnesses, a relay, a board and two clinics start.")
        world = build(folder, children, today=began.date(), say=_aside)
        stage = Stage(
            world=world,
            say=lambda line: tell(f"    {line}"),
            mend=children.restart_ended,
        )
        try:
            played = play(stage, told)
        except DemoError as error:
            data = {"reason": "fault", "sentence": str(error), "said": said}
            return Answer(code=FAULT, data=data, text=f"The story stops: {error}")
    seconds = (datetime.now(UTC) - began).total_seconds()
    steps = [{"title": one.title, "seen": one.seen} for one in played]
    return Answer(
        data={"steps": steps, "seconds": round(seconds, 1)},
        text=f"All {len(STEPS)} steps were verified, in {seconds:.0f} seconds.",
    )


@contextlib.contextmanager
def _interrupted() -> Iterator[threading.Event]:
    """A flag set by the first SIGINT or SIGTERM, which also stops what is waiting."""
    stop = threading.Event()

    def on_signal(number: int, _frame: object) -> None:
        if not stop.is_set():  # a second one must not stop the ending
            stop.set()
            raise KeyboardInterrupt(number)

    before = {
        number: signal.signal(number, on_signal)
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _folder(home: Path | None) -> Iterator[Path]:
    """The folder of the world: the one given, which must be new, or one that goes."""
    if home is None:
        folder = Path(tempfile.mkdtemp(prefix="heartwood-demo-"))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return
    if home.exists() and any(home.iterdir()):
        raise UsageError(f"{home} is not empty; the demo needs a folder of its own")
    home.mkdir(parents=True, exist_ok=True)
    yield home.resolve()


def _publish(world: World, *, as_json: bool) -> None:
    """Print where everything is: one line for programs, a few for people."""
    if as_json:
        print(json.dumps({"ok": True, **world.as_json()}), flush=True)
        return
    maya = world.patient
    print(
        f"The world stands in {world.folder}.\n"
        f"Ledger  {world.ledger.url}\nRelay   {world.relay_url}\n"
        f"Try     heartwood --home {maya.home} "
        f"--passphrase-file {maya.passphrase_file} records list\n"
        "Everything ends when you press Ctrl-C.",
        flush=True,
    )


def _watch(children: Children, stop: threading.Event) -> None:
    """Wait for the end; say once if a server ends before."""
    said: set[str] = set()
    with contextlib.suppress(KeyboardInterrupt):
        while not stop.wait(_LOOK_EVERY):
            ended = children.ended()
            if ended is not None and ended not in said:
                said.add(ended)
                _aside(f"{ended} has ended")


def _aside(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
