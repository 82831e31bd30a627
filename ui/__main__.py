"""``python -m ui [--home DIR]`` opens the wallet's window."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ui.app import default_home, run


def main(arguments: list[str] | None = None) -> int:
    """Read the few options and open the window."""
    parser = argparse.ArgumentParser(prog="heartwood-window")
    parser.add_argument("--home", type=Path, help="folder of the wallet")
    options, rest = parser.parse_known_args(arguments)
    return run(options.home or default_home(), rest)


if __name__ == "__main__":
    sys.exit(main())
