import pytest

from tests.support.relay_world import RelayWorld


@pytest.fixture(autouse=True)
def _every_world_ends():
    yield
    while RelayWorld.opened:
        RelayWorld.opened.pop().close()
