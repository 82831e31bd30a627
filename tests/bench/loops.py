"""The event loop under both sides of a comparison: the one a ledger is served by."""

import asyncio

import uvloop


def served(work):
    """Run *work* to its end; what it answers."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)
