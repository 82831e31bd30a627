"""`heartwood`, ended by SIGKILL at a named point: nothing is flushed or tidied up.

python -m tests.support.kill_at MODULE:NAME:before|after ARGUMENTS...
"""

import importlib
import itertools
import os
import signal
import sys


def this_process():
    """As kill -9 does it: nothing is flushed or tidied up."""
    os.kill(os.getpid(), signal.SIGKILL)


def die_at(point, *, call=1, kill=this_process):
    """Let *kill* happen at the *call*-th call of what *point* names."""
    module, names, when = point.split(":")
    *path, name = names.split(".")
    owner = importlib.import_module(module)
    for part in path:
        owner = getattr(owner, part)
    whole, seen = getattr(owner, name), itertools.count(1)

    def dying(*given, **more):
        if when == "before" and next(seen) == call:
            kill()
        answer = whole(*given, **more)
        if when == "after" and next(seen) == call:  # one that failed is no call
            kill()
        return answer

    setattr(owner, name, dying)


if __name__ == "__main__":
    from wallet.cli.main import main

    die_at(sys.argv[1])
    sys.exit(main(sys.argv[2:]))
