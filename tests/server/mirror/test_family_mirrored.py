"""A mirror whose policy names this half-year's shard, beside a real family of logs."""

import asyncio
import json
from contextlib import ExitStack, closing, suppress

import pytest

from tests.support.family_world import (
    NETWORK,
    NEW,
    OLD,
    REGISTRY,
    FamilyWorld,
    eventually,
)
from wallet.actions.operator.mirror import _Places, follow_all
from wallet.keys.signing import Signer
from wallet.ledger.checkpoint import parse_note
from wallet.ledger.policy import Policy
from wallet.ledger.sources import origin_hash
from wallet.server.mirror.http import MirrorApp
from wallet.server.mirror.mirror import Mirror


@pytest.fixture
def world(tmp_path_factory):
    made = FamilyWorld(tmp_path_factory.mktemp("mirrored"))
    yield made
    made.close()


@pytest.mark.expects_log("announced and is followed now|not followed|followed again")
def test_a_shard_that_opens_while_a_mirror_runs_is_mirrored(world, tmp_path):
    trust = world.trusting("mirror", REGISTRY, OLD) / "trust/ledger.policy"
    policy, name = Policy.parse(trust.read_text()), origin_hash(f"{NETWORK}/{NEW}")
    with ExitStack() as held:
        mirror = held.enter_context(
            closing(
                Mirror(
                    tmp_path,
                    name="mirror.test/m",
                    signer=Signer.from_seed(b"m" * 32),
                    policy=policy,
                    sources=_Places(policy, (), held=held).sources,
                )
            )
        )
        asyncio.run(running(world, mirror, name))
        served = parse_note(mirror.checkpoint(name))
        size = served.checkpoint.size
        assert mirror.vkey in served.cosignature_times([mirror.vkey])
        assert mirror.copy(name).root_at(size) == served.checkpoint.root
        retiring = mirror._retiring
        eventually(lambda: retiring.promised(f"{NETWORK}/{OLD}") == 365)
        assert retiring.promised(f"{NETWORK}/{REGISTRY}") is None
        assert mirror.retired(f"{NETWORK}/{OLD}") is None
        app = MirrorApp(mirror, clock=world.seconds)
        logs = [one["origin"] for one in app._about()["logs"]]
        assert logs == [f"{NETWORK}/{path}" for path in (REGISTRY, OLD, NEW)]
        assert json.loads(json.dumps(app._about()))


async def running(world, mirror, name):
    """The mirror's own loop, until it shows the shard that opens meanwhile."""

    def shows():
        if name not in map(origin_hash, mirror.origins):
            return False
        return mirror.checkpoint(name) is not None

    loop = asyncio.create_task(follow_all(mirror, interval=0.1, clock=world.seconds)())
    await asyncio.to_thread(world.restart)
    await asyncio.to_thread(eventually, shows)
    loop.cancel()
    with suppress(asyncio.CancelledError):
        await loop
