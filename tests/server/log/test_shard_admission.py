"""What a shard takes until its last day, for a week after it, and never again."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.ledger_simulator import LedgerSimulator, signer_of
from wallet.errors import TurnedAwayError
from wallet.ledger import stamp
from wallet.ledger.entry import (
    State,
    StatusChange,
    build_accreditation,
    build_grant,
    build_receipt,
    build_status,
    leaf_hash,
)
from wallet.ledger.policy import Policy
from wallet.ledger.shard import Phase
from wallet.server.log.difficulty import Difficulty
from wallet.server.log.shard_admission import ShardAdmission, ShardClock, elsewhere
from wallet.server.log.storage import Admitted
from wallet.server.log.storage_sqlite import SqliteStorage
from wallet.statement import Name

ORIGIN = "l.test/consent/2027h1"
REGISTRY = "l.test/registry"
LAST = datetime(2027, 7, 1, tzinfo=UTC)
KEY = signer_of("one")
TYPES = {"origin": ORIGIN, "commitment": bytes(32)}
GRANT = build_grant(KEY, control_public=KEY.public, **TYPES)
RECEIPT = build_receipt(KEY, **TYPES)
LICENCE = build_accreditation(KEY, control_public=KEY.public, **TYPES)


@pytest.fixture
def storage(tmp_path):
    made = SqliteStorage(tmp_path / "ledger.db")
    yield made
    made.close()


def admission(storage, *, phase=Phase.OPEN, family=()):
    return ShardAdmission(
        storage,
        origin=ORIGIN,
        difficulty=Difficulty(fill=lambda: 0.0, clock=lambda: 0.0, least=0),
        phase=lambda: phase,
        elsewhere=elsewhere(ORIGIN, frozenset(family)),
    )


def judge(storage, data, **given):
    stamped = stamp.find(leaf_hash(data), 0)
    return admission(storage, **given).judge(data, stamp=stamped)


def refusal(storage, data, **given):
    with pytest.raises(TurnedAwayError) as turned:
        judge(storage, data, **given)
    assert turned.value.status == 403
    return turned.value.detail


def ending(storage):
    (index,) = storage.append([Admitted(data=GRANT)])
    storage.integrate()
    change = StatusChange(index=index, leaf=leaf_hash(GRANT), state=State.ENDED, seq=1)
    return build_status(KEY, origin=ORIGIN, change=change)


def test_a_shard_that_is_closing_takes_late_receipts_and_ends_but_no_permission(
    storage,
):
    end = ending(storage)
    other = build_grant(KEY, control_public=KEY.public, **TYPES)
    assert judge(storage, other).data == other
    said = refusal(storage, other, phase=Phase.CLOSING)
    assert said.endswith("a new one belongs into consent/2027h2")
    for data in (RECEIPT, end):
        assert judge(storage, data, phase=Phase.CLOSING).data == data


def test_a_shard_that_is_over_takes_nothing_but_answers_for_what_stands(storage):
    end = ending(storage)
    for data in (RECEIPT, end, LICENCE):
        assert "read-only" in refusal(storage, data, phase=Phase.READ_ONLY)
    assert judge(storage, GRANT, phase=Phase.READ_ONLY) == 0


def test_in_a_network_with_a_register_each_log_takes_what_is_its_own(storage):
    family = (ORIGIN, REGISTRY)
    assert "register" in refusal(storage, LICENCE, family=family)
    assert judge(storage, GRANT, family=family).data == GRANT
    assert judge(storage, LICENCE, family=(ORIGIN, "l.test/consent/2027h2"))
    kept_out = elsewhere(REGISTRY, frozenset(family))
    assert kept_out == {Name.GRANT, Name.RECEIPT}
    assert elsewhere(REGISTRY, frozenset({REGISTRY})) == frozenset()


def test_a_clock_that_runs_ahead_closes_nothing_and_one_behind_neither(storage):
    log = LedgerSimulator(ORIGIN, LAST - timedelta(days=1))
    policy, here = Policy.parse(log.policy), LAST + timedelta(days=9)
    now = ShardClock(storage, policy=policy, clock=lambda: here)
    assert now.phase(ORIGIN) is Phase.READ_ONLY  # nothing published: nobody waits
    storage.publish(log.publish())
    assert now.phase(ORIGIN) is Phase.OPEN
    log.advance(days=3)
    storage.publish(log.publish())
    assert now.phase(ORIGIN) is Phase.CLOSING
    log.advance(days=30)
    storage.publish(log.publish())
    assert now.phase(ORIGIN) is Phase.READ_ONLY
    here = LAST - timedelta(seconds=1)
    assert now.phase(ORIGIN) is Phase.OPEN
    assert now.phase("l.test/registry") is Phase.OPEN


def test_where_nobody_witnesses_this_computers_clock_is_all_there_is(storage):
    log = LedgerSimulator(ORIGIN, LAST - timedelta(days=1))
    policy = Policy.parse(log.policy_without_quorum)
    storage.publish(log.publish())
    clock = ShardClock(storage, policy=policy, clock=lambda: LAST)
    assert clock.phase(ORIGIN) is Phase.CLOSING
