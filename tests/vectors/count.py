"""How many vectors of each family were judged, and how.

    python -m tests.vectors.count

runs the vector tests and prints what they counted; exits as they do.
"""

import sys
from collections import Counter, defaultdict

import pytest

HOMES = ("tests/vectors", "tests/ledger/test_merkle.py")


class Tally:
    """Collects what tests recorded: a family's name, and counts by outcome."""

    def __init__(self):
        self.families = defaultdict(Counter)

    def pytest_runtest_logreport(self, report):
        """Take the counts of a test that passed."""
        if report.when == "call" and report.passed:
            for family, counts in report.user_properties:
                self.families[family].update(counts)


def main():
    """Run, then print one line a family."""
    tally = Tally()
    code = pytest.main(["-p", "no:xdist", *HOMES], plugins=[tally])
    for family, counts in sorted(tally.families.items()):
        told = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
        print(f"{family:26} {counts.total():5}  {told}")  # noqa: T201 a command
    total = sum(counts.total() for counts in tally.families.values())
    print(f"{'all':26} {total:5}")  # noqa: T201 a command
    return code


if __name__ == "__main__":
    sys.exit(main())
