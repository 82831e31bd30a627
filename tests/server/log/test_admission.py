"""What a ledger takes and what it turns away."""

import asyncio

import pytest

from tests.support.ledger_servers import ORIGIN, receipt
from wallet.errors import TurnedAwayError
from wallet.keys.signing import Signer
from wallet.ledger import stamp
from wallet.ledger.entry import (
    State,
    StatusChange,
    build_grant,
    build_receipt,
    build_status,
    build_status_root,
    leaf_hash,
)
from wallet.server.log.admission import FREE_CHANGES, Admission, is_end
from wallet.server.log.difficulty import GOOD_FOR, Difficulty
from wallet.server.log.sequencer import Sequencer
from wallet.server.log.storage import Admitted
from wallet.server.log.storage_sqlite import SqliteStorage

BITS = 4
CONTROL = Signer.from_seed(b"c" * 32)
GRANT = build_grant(
    Signer.from_seed(b"g" * 32),
    origin=ORIGIN,
    commitment=bytes(32),
    control_public=CONTROL.public,
)


@pytest.fixture
def storage(tmp_path):
    made = SqliteStorage(tmp_path / "ledger.db")
    yield made
    made.close()


@pytest.fixture
def admission(storage):
    return Admission(storage, origin=ORIGIN, difficulty=still(BITS))


def still(bits):
    return Difficulty(fill=lambda: 0.0, clock=lambda: 0.0, least=bits)


def stamped(entry):
    return stamp.find(leaf_hash(entry), BITS)


def bad_stamp(entry):
    leaf = leaf_hash(entry)
    numbers = (n.to_bytes(8, "big") for n in range(10_000))
    return next(one for one in numbers if not stamp.check(leaf, one, BITS))


def change(state, seq=1, *, index=0, leaf=None, signer=CONTROL):
    told = StatusChange(
        index=index, leaf=leaf or leaf_hash(GRANT), state=state, seq=seq
    )
    return build_status(signer, origin=ORIGIN, change=told)


def turned_away(admission, entry, *, stamp=None):
    with pytest.raises(TurnedAwayError) as turned:
        admission.judge(entry, stamp=stamped(entry) if stamp is None else stamp)
    return turned.value.status


def test_a_good_entry_is_admitted_and_a_known_one_answered(admission, storage):
    entry = receipt(1)
    admitted = admission.judge(entry, stamp=stamped(entry))
    assert admitted == Admitted(data=entry)
    assert storage.append([admitted]) == [0]
    assert admission.judge(entry, stamp=b"") == 0


def test_each_fault_is_turned_away(admission):
    good = receipt(1)
    altered = good[:-1] + bytes([good[-1] ^ 1])
    foreign = build_receipt(
        Signer.from_seed(bytes(32)), origin="other.test/x", commitment=bytes(32)
    )
    root = build_status_root(
        Signer.from_seed(bytes(32)), origin=ORIGIN, covered=0, root=bytes(32), epoch=0
    )
    assert turned_away(admission, good, stamp=b"") == 403
    assert turned_away(admission, good, stamp=bad_stamp(good)) == 403
    assert turned_away(admission, good, stamp=stamped(good) + b"\0") == 403
    assert turned_away(admission, altered) == 403
    assert turned_away(admission, foreign) == 403
    assert turned_away(admission, root) == 403
    assert turned_away(admission, b"") == 400
    assert turned_away(admission, good + b"\0") == 400
    assert turned_away(admission, bytes(5_000)) == 413


def test_a_change_is_checked_against_its_target(admission, storage):
    assert turned_away(admission, change(State.ENDED)) == 404
    storage.append([Admitted(data=GRANT), Admitted(data=receipt(1))])
    other = Signer.from_seed(b"o" * 32)
    assert turned_away(admission, change(State.ENDED, signer=other)) == 403
    assert turned_away(admission, change(State.ENDED, leaf=bytes(32))) == 403
    of_receipt = change(State.ENDED, index=1, leaf=leaf_hash(receipt(1)))
    assert turned_away(admission, of_receipt) == 403
    end = change(State.ENDED)
    admitted = admission.judge(end, stamp=b"")
    assert admitted.ends
    assert storage.append([admitted]) == [2]
    assert admission.judge(change(State.ENDED, seq=9), stamp=b"") == 2


def test_pauses_need_a_stamp_after_sixteen_and_an_end_never(admission, storage):
    storage.append([Admitted(data=GRANT)])
    for seq in range(FREE_CHANGES):
        storage.append([admission.judge(change(State.HELD, seq), stamp=b"")])
    one_more = change(State.HELD, 99)
    assert turned_away(admission, one_more, stamp=bad_stamp(one_more)) == 403
    assert admission.judge(one_more, stamp=stamped(one_more))
    assert admission.judge(change(State.ENDED), stamp=b"")


def test_a_full_pool_turns_away_all_but_ends(storage):
    async def play():
        sequencer = Sequencer(storage, pool=1)
        sequencer.open()
        first = asyncio.create_task(sequencer.submit(Admitted(data=b"a")))
        same = asyncio.create_task(sequencer.submit(Admitted(data=b"a")))
        await asyncio.sleep(0)
        with pytest.raises(TurnedAwayError) as turned:
            await sequencer.submit(Admitted(data=b"b"))
        assert turned.value.status == 503
        end = Admitted(data=change(State.ENDED), target=0, state=State.ENDED)
        later = Admitted(data=change(State.ENDED, 2), target=0, state=State.ENDED)
        ends = [asyncio.create_task(sequencer.submit(one)) for one in (end, later)]
        await asyncio.sleep(0)
        running = asyncio.create_task(sequencer.run())
        assert await asyncio.gather(*ends, first, same) == [0, 0, 1, 1]
        running.cancel()

    asyncio.run(play())


def test_before_the_start_only_changes_wait(storage, monkeypatch):
    monkeypatch.setattr("wallet.server.log.sequencer.OPENING", 0.05)

    async def play():
        sequencer = Sequencer(storage)
        running = asyncio.create_task(sequencer.run())
        end = Admitted(data=change(State.ENDED), target=0, state=State.ENDED)
        waiting = asyncio.create_task(sequencer.submit(end))
        with pytest.raises(TurnedAwayError, match="too few witnesses"):
            await sequencer.submit(Admitted(data=b"a"))
        assert not waiting.done()
        sequencer.open()
        assert await waiting == 0
        running.cancel()

    asyncio.run(play())


def test_of_many_ends_judged_at_once_one_is_logged(admission, storage):
    storage.append([Admitted(data=GRANT)])
    judged = [admission.judge(change(State.ENDED, n), stamp=b"") for n in range(3)]
    assert storage.append(judged[:2]) == [1, 1]
    assert storage.append(judged[2:]) == [1]
    assert storage.size == 2
    assert storage.changes(0) == 1


def test_of_many_pauses_judged_at_once_sixteen_are_free(admission, storage):
    storage.append([Admitted(data=GRANT)])
    pauses = [change(State.HELD, n) for n in range(FREE_CHANGES + 4)]
    judged = [admission.judge(one, stamp=bad_stamp(one)) for one in pauses]
    last = change(State.HELD, 99)
    paid = admission.judge(last, stamp=stamped(last))

    async def play():
        sequencer = Sequencer(storage)
        sequencer.open()
        running = asyncio.create_task(sequencer.run())
        asked = [sequencer.submit(one) for one in [*judged, paid]]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        running.cancel()
        return answers

    answers = asyncio.run(play())
    turned = [one for one in answers if isinstance(one, TurnedAwayError)]
    assert [one.status for one in turned] == [403] * 4
    assert storage.changes(0) == FREE_CHANGES + 1


def test_what_claims_to_end_an_entry_is_told_apart_without_verifying_it():
    assert is_end(change(State.ENDED))
    for other in (change(State.HELD), GRANT, receipt(1), b"", b"\xd2", bytes(9_000)):
        assert not is_end(other)
    assert not is_end(change(State.ENDED)[:-1])


def test_stamps_cost_more_as_the_pool_fills_and_ten_minutes_are_forgiven():
    full, now = [0.0], [1_000.0]
    bits = Difficulty(fill=lambda: full[0], clock=lambda: now[0], least=12)
    assert (bits.asked(), bits.good()) == (12, 12)
    full[0] = 0.5
    assert (bits.asked(), bits.good()) == (17, 12)
    now[0] += GOOD_FOR - 1
    full[0] = 3.0
    assert (bits.asked(), bits.good()) == (stamp.MAX_BITS, 12)
    now[0] += 1
    assert bits.good() == 17
    now[0] += GOOD_FOR
    assert bits.good() == stamp.MAX_BITS
    full[0] = 0.0
    assert (bits.asked(), bits.good()) == (12, 12)
    with pytest.raises(ValueError, match="difficulty"):
        Difficulty(fill=lambda: 0.0, clock=lambda: 0.0, least=23)


def test_a_fuller_pool_asks_for_better_stamps(storage):
    sequencer, now = Sequencer(storage, pool=4), [0.0]
    rising = Difficulty(fill=lambda: sequencer.fill, clock=lambda: now[0], least=2)
    admission = Admission(storage, origin=ORIGIN, difficulty=rising)
    entry = receipt(1)
    cheap = next(
        one
        for one in (n.to_bytes(8, "big") for n in range(10_000))
        if stamp.check(leaf_hash(entry), one, 2)
        and not stamp.check(leaf_hash(entry), one, 7)
    )

    async def play():
        assert admission.judge(entry, stamp=cheap)
        waiting = [
            asyncio.create_task(sequencer.submit(Admitted(data=bytes([n]))))
            for n in range(2)
        ]
        sequencer.open()
        await asyncio.sleep(0)
        assert admission.difficulty == 12
        assert admission.judge(entry, stamp=cheap)
        now[0] = GOOD_FOR
        assert turned_away(admission, entry, stamp=cheap) == 403
        running = asyncio.create_task(sequencer.run())
        await asyncio.gather(*waiting)
        running.cancel()

    asyncio.run(play())


def test_a_stamp_is_worth_its_bits_and_no_more_are_asked():
    leaf = leaf_hash(b"x")
    assert stamp.check(leaf, stamp.find(leaf, 8), 8)
    assert not stamp.check(leaf, b"", 0)
    with pytest.raises(ValueError, match="difficulty"):
        stamp.find(leaf, stamp.MAX_BITS + 1)


def test_many_are_submitted_at_once_and_each_hears_its_own_answer(admission, storage):
    entries = [receipt(n) for n in range(4)]
    judged = [admission.judge(one, stamp=stamped(one)) for one in entries]

    async def play():
        sequencer = Sequencer(storage, pool=3)
        sequencer.open()
        running = asyncio.create_task(sequencer.run())
        told = await sequencer.submit_many([judged[0], judged[0], *judged[1:]])
        running.cancel()
        return told

    *placed, last = asyncio.run(play())
    assert placed == [0, 0, 1, 2]
    assert isinstance(last, TurnedAwayError)
    assert last.status == 503
    assert storage.size == 3
