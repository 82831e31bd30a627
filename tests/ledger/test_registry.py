"""What a copy of the register says of an accreditation."""

import pytest

from tests.ledger.conftest import ORIGIN
from tests.ledger.entries import CONTROL, OTHER, change, grant
from wallet.errors import RefusedError
from wallet.keys.signing import SMALL_ORDER, Signer
from wallet.ledger.entry import State, build_accreditation, commit
from wallet.ledger.sync import sync
from wallet.registry import RegistryFacts, look_up, parse_boards
from wallet.verdict import Reason

BOARD = Signer.from_seed(b"b" * 32)
SALT = b"s" * 32
BODY = b"a body"
BOARDS = {BOARD.public: "north"}


def accreditation(signer=BOARD, salt=SALT, body=BODY):
    return build_accreditation(
        signer,
        origin=ORIGIN,
        commitment=commit(salt, body),
        control_public=CONTROL.public,
        nonce=bytes(16),
    )


@pytest.fixture
def register(ledger, replica):
    for entry in (grant(0), accreditation(), accreditation(OTHER)):
        ledger.submit(entry)
    ledger.publish()
    sync(replica, ledger)
    return replica


def ask(copy, index=1, *, origin=ORIGIN, salt=SALT, body=BODY, boards=BOARDS):
    return look_up(
        copy, origin=origin, index=index, salt=salt, body=body, boards=boards
    )


def test_a_trusted_boards_word_is_vouched_for(register):
    assert ask(register) == RegistryFacts(
        vouched=True,
        state=State.STANDS,
        forked=False,
        checkpoint=register.checkpoint_ref,
        board="north",
        quorum_time=register.quorum_time,
    )


@pytest.mark.parametrize("state", [State.HELD, State.ENDED])
def test_the_state_is_that_of_the_copy(ledger, register, state):
    ledger.advance(hours=1)
    ledger.submit(change(1, accreditation(), state, 1))
    ledger.publish()
    before = register.quorum_time
    sync(register, ledger)
    assert ask(register).state is state
    assert ask(register.at(before)).state is State.STANDS


@pytest.mark.parametrize(
    "other",
    [
        {"index": 0},
        {"index": 2},
        {"salt": bytes(32)},
        {"body": b"another body"},
        {"boards": {}},
        {"boards": {OTHER.public: "south"}},
    ],
)
def test_what_no_trusted_board_said_of_this_body_is_not_vouched_for(register, other):
    facts = ask(register, **other)
    assert (facts.vouched, facts.board) == (False, None)


def test_an_entry_that_does_not_verify_is_nobodys_word(ledger, replica):
    entry = accreditation()
    ledger.submit(entry[:-1] + bytes([entry[-1] ^ 1]))
    ledger.publish()
    sync(replica, ledger)
    assert ask(replica, 0).vouched is False


def test_a_copy_that_does_not_cover_the_entry_cannot_tell(register):
    for copy, other in (
        (None, {}),
        (register, {"index": 3}),
        (register, {"index": -1}),
        (register, {"origin": "other.test"}),
    ):
        assert ask(copy, **other).vouched is None


def test_a_copied_accreditation_is_ended(ledger, register):
    ledger.append(accreditation())
    ledger.publish()
    sync(register, ledger)
    assert ask(register, 3).state is State.ENDED


def test_boards_are_read_by_their_keys():
    key = BOARD.public.hex()
    assert parse_boards(f"# boards\n\n board north {key}\n") == BOARDS


@pytest.mark.parametrize(
    "text",
    [
        "board north",
        "board north zz",
        f"board north {BOARD.public.hex()[2:]}",
        f"board north {BOARD.public.hex().upper()}",
        f"board north {BOARD.public.hex()} more",
        f"registry north {BOARD.public.hex()}",
        f"board a {BOARD.public.hex()}\nboard b {BOARD.public.hex()}",
        f"board a {BOARD.public.hex()}\nboard a {OTHER.public.hex()}",
    ],
)
def test_a_line_that_names_no_board_is_malformed(text):
    with pytest.raises(RefusedError) as caught:
        parse_boards(text)
    assert caught.value.reason is Reason.MALFORMED


def test_a_board_key_of_small_order_is_refused():
    with pytest.raises(RefusedError) as caught:
        parse_boards(f"board a {min(SMALL_ORDER).hex()}")
    assert caught.value.reason is Reason.SIGNATURE_WRONG
