"""The desk remembers what must never be done twice."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.support.plain_store import PlainStore
from wallet.desk.desk import Desk, ReceiptState, StoredReceipt
from wallet.desk.schema import STEPS
from wallet.errors import RefusedError, UsageError
from wallet.grants.receipt import Manner
from wallet.verdict import Reason, Sender

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LEAF = bytes(32)


@pytest.fixture
def desk():
    store = PlainStore(*STEPS)
    made = Desk(store)
    made.keep(LEAF, file=b"f", origin="o", control_key=bytes(32), at=NOW)
    yield made
    store.close()


def a_receipt(**other):
    return replace(
        StoredReceipt(
            leaf=LEAF,
            place=0,
            object_id=bytes(16),
            entry=b"e",
            salt=b"s",
            sealed_details=b"d",
            manner=Manner.OFFLINE,
            relay=None,
            made_at=NOW,
        ),
        **other,
    )


def test_a_receipt_place_is_used_once(desk):
    assert [desk.use_place(LEAF) for _ in range(3)] == [0, 1, 2]
    desk.keep(LEAF, file=b"again", origin="o", control_key=bytes(32), at=NOW)
    assert desk.use_place(LEAF) == 3
    assert desk.item(LEAF).file == b"f"


def test_an_older_or_another_package_than_seen_is_altered(desk):
    desk.check_sequence(LEAF, sequence=0, manifest=b"m")
    desk.opened(LEAF, sequence=1, manifest=b"m")
    desk.check_sequence(LEAF, sequence=1, manifest=b"m")
    desk.check_sequence(LEAF, sequence=2, manifest=b"n")
    for sequence, manifest in ((0, b"m"), (1, b"n")):
        with pytest.raises(RefusedError) as refused:
            desk.check_sequence(LEAF, sequence=sequence, manifest=manifest)
        assert refused.value.reason is Reason.PACKAGE_ALTERED


def test_offline_receipts_are_owed_until_they_are_answered(desk):
    one, two = a_receipt(), a_receipt(place=1, manner=Manner.RELAY)
    desk.add_receipt(one)
    desk.add_receipt(two)
    assert desk.owed() == [one]
    desk.move_receipt(one, ReceiptState.LOGGED, index=7)
    assert desk.owed() == [replace(one, state=ReceiptState.LOGGED, index=7)]
    desk.move_receipt(one, ReceiptState.ANSWERED)
    assert desk.owed() == []
    assert desk.receipts()[0].index == 7
    assert desk.receipts()[1] == two


def test_the_first_notice_counts(desk):
    assert desk.noticed(LEAF) is None
    desk.take_notice(LEAF, b"n", at=NOW)
    desk.take_notice(LEAF, b"n", at=NOW.replace(hour=13))
    assert desk.noticed(LEAF) == NOW


def test_a_chart_takes_one_pair_of_keys(desk):
    assert desk.sender(b"pair") is Sender.NEW
    desk.tie("chart 7", pair_sign=b"k", pair=b"pair", at=NOW)
    desk.tie("chart 7", pair_sign=b"k", pair=b"pair", at=NOW)
    assert desk.sender(b"pair") is Sender.KNOWN
    with pytest.raises(RefusedError) as refused:
        desk.tie("chart 7", pair_sign=b"x", pair=b"other", at=NOW)
    assert refused.value.reason is Reason.SIGNATURE_WRONG
    assert desk.sender(b"other") is Sender.NEW


def test_one_pair_of_keys_is_never_quietly_left_out_of_a_second_chart(desk):
    desk.tie("chart 7", pair_sign=b"k", pair=b"pair", at=NOW)
    with pytest.raises(UsageError):
        desk.tie("chart 8", pair_sign=b"k", pair=b"pair", at=NOW)


def test_a_permission_never_kept_has_no_receipt_places(desk):
    with pytest.raises(RefusedError):
        desk.use_place(bytes([1]) * 32)
