"""The short form of `make fuzz`: hypothesis chooses what to change."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.changing import changed
from tests.fuzz.targets import TARGETS

QUICK = settings(
    max_examples=60, deadline=None, suppress_health_check=list(HealthCheck)
)


def judge(target, data):
    try:
        target.act(data)
    except target.errors:
        return False
    return True


@pytest.mark.parametrize("name", TARGETS)
def test_no_changed_file_raises_anything_but_its_typed_errors(name):
    target = TARGETS[name]

    @QUICK
    @given(st.data())
    def play(data):
        seed = data.draw(st.sampled_from(target.seeds))
        judge(target, changed(seed, lambda n: data.draw(st.integers(0, n - 1))))

    play()


@pytest.mark.parametrize("name", TARGETS)
def test_no_bytes_at_all_raise_anything_but_typed_errors(name):
    target = TARGETS[name]

    @QUICK
    @given(st.binary(max_size=400))
    def play(data):
        judge(target, data)

    play()


@pytest.mark.parametrize("name", TARGETS)
def test_what_is_changed_was_good_to_begin_with(name):
    target = TARGETS[name]
    assert all(judge(target, seed) for seed in target.seeds)
