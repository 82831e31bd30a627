"""`heartwood`, ended by SIGKILL at a named point: nothing is flushed or tidied up.

python -m tests.support.kill_at MODULE:NAME:before|after ARGUMENTS...
"""

import importlib
import os
import signal
import sys


def die_at(point):
    module, names, when = point.split(":")
    *path, name = names.split(".")
    owner = importlib.import_module(module)
    for part in path:
        owner = getattr(owner, part)
    whole = getattr(owner, name)

    def dying(*given, **more):
        if when == "after":
            whole(*given, **more)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, name, dying)


if __name__ == "__main__":
    from wallet.cli.main import main

    die_at(sys.argv[1])
    sys.exit(main(sys.argv[2:]))
