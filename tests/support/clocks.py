"""A clock that a test sets back while a server runs.

Only the clock of the wall: nobody sets the monotonic one back. (libfaketime cannot keep
the two apart under Python 3.11: its clock_nanosleep then fails.)
"""

import runpy
import sys
import time
from pathlib import Path


class OtherClock:
    """The clock of whoever is started with `words` before its own."""

    def __init__(self, path):
        self._path = path
        self.set(0)

    def set(self, seconds):
        """So many seconds away from the real time, from now on."""
        fresh = self._path.with_suffix(".new")
        fresh.write_text(f"{seconds}")
        fresh.replace(self._path)

    @property
    def words(self):
        return (sys.executable, "-m", "tests.support.clocks", str(self._path))


def _main():
    """PATH PYTHON -m MODULE WORDS...: the module, under another clock."""
    path, _, _, module, *words = sys.argv[1:]
    real = time.time

    def shifted():
        return real() + float(Path(path).read_text())

    time.time = shifted  # before anybody has taken it
    sys.argv = [module, *words]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _main()
