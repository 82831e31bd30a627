"""When a log may sign, and which quorum publishes."""

import pytest

from wallet.actions.operator import policy_text
from wallet.errors import HomeBusyError, LedgerForkedError
from wallet.keys.signing import Signer
from wallet.ledger.checkpoint import (
    COSIGNATURE_KIND,
    LOG_KIND,
    Checkpoint,
    parse_note,
    vkey_for,
)
from wallet.ledger.policy import Policy
from wallet.server.cosigners import Cosigner
from wallet.server.publisher import Panel
from wallet.server.sign_lock import SignLock
from wallet.server.storage_sqlite import Admitted, LedgerStorage

ORIGIN = "ledger.test/demo"
LOG = Signer.from_seed(b"l" * 32)
VKEY = vkey_for(ORIGIN, LOG_KIND, LOG.public)


def panel(count):
    keys = [
        vkey_for(
            f"w{n}", COSIGNATURE_KIND, Signer.from_seed(bytes([n + 1]) * 32).public
        )
        for n in range(count)
    ]
    places = [(key, f"http://127.0.0.1:{n + 1}") for n, key in enumerate(keys)]
    policy = Policy.parse(policy_text(VKEY, places))
    return Panel(cosigners=[Cosigner(*place) for place in places], policy=policy)


@pytest.mark.parametrize(
    ("count", "names", "enough", "known"),
    [
        (3, "", False, False),
        (3, "w0", False, False),
        (3, "w0 w2", True, True),
        (4, "w0 w1", False, True),
        (4, "w0", False, False),
        (4, "w0 w1 w3", True, True),
        (1, "", False, False),
        (1, "w0", True, True),
        (0, "", True, True),
    ],
)
def test_more_than_half_publish_and_the_rest_must_not_be_able_to(
    count, names, enough, known
):
    asked, answered = panel(count), set(names.split())
    assert asked.enough(answered) is enough
    assert asked.could_know_all(answered) is known


@pytest.fixture
def storage(tmp_path):
    made = LedgerStorage(tmp_path / "ledger.db")
    made.append([Admitted(data=bytes([n])) for n in range(5)])
    yield made
    made.close()


def here(storage, size):
    return Checkpoint(ORIGIN, size, storage.tree.root(size))


def test_no_smaller_and_no_other_history_is_ever_signed(storage, tmp_path):
    lock = SignLock(tmp_path / "signed.db", LOG)
    for size in (3, 3, 5):
        note = lock.sign(here(storage, size), storage.tree)
        parse_note(note).verify_log(VKEY)
        assert lock.last() == note
    lock.close()
    lock = SignLock(tmp_path / "signed.db", LOG)
    other = LedgerStorage(tmp_path / "other.db")
    other.append([Admitted(data=bytes([n + 9])) for n in range(7)])
    for wrong, tree in (
        (here(storage, 4), storage.tree),
        (here(other, 5), other.tree),
        (here(other, 7), other.tree),
        (Checkpoint("ledger.test/x", 5, storage.tree.root(5)), storage.tree),
    ):
        with pytest.raises(LedgerForkedError):
            lock.sign(wrong, tree)
    assert lock.last() == note
    other.close()
    lock.close()


def test_a_second_process_cannot_hold_the_lock(tmp_path):
    first = SignLock(tmp_path / "signed.db", LOG)
    with pytest.raises(HomeBusyError):
        SignLock(tmp_path / "signed.db", LOG)
    first.close()
    SignLock(tmp_path / "signed.db", LOG).close()
