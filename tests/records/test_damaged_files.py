"""The short form of ``make mutated``: a hundred damaged files of every format."""

import pytest

from tests.corpus import TESTDATA
from tests.mutated import run


@pytest.mark.skipif(not TESTDATA.is_dir(), reason="no test data here")
def test_a_hundred_damaged_files_are_taken_given_back_and_leave_the_store_whole():
    seen = run(100, start=2)
    assert seen.faults == []
    assert len(seen.reasons) > 5
