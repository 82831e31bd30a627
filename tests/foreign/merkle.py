"""The root of some entries as pymerkle computes it; a program of its own (GPL).

    python merkle.py <lines of hexadecimal entries

Nothing of this project is imported.
"""

import sys

from pymerkle import InmemoryTree


def main():
    tree = InmemoryTree(algorithm="sha256")
    for line in sys.stdin:
        tree.append_entry(bytes.fromhex(line))
        print(tree.get_root().hex())  # noqa: T201 a command
    return 0


if __name__ == "__main__":
    sys.exit(main())
