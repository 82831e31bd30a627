"""Shard links: strict, signed by the operator, the same bytes each time."""

import pytest

from tests.support.ledger_simulator import signer_of
from tests.support.shards import LATER, NEW, OLD, OPERATOR, root_by
from wallet.errors import RefusedError
from wallet.keys.signing import sign_statement
from wallet.ledger.checkpoint import Checkpoint
from wallet.ledger.shard_link import Relation, ShardLink, build_link, parse_link
from wallet.statement import Name
from wallet.verdict import Reason

FINAL = Checkpoint(OLD, 7, bytes(32))
FIELDS = {
    6: OPERATOR.public,
    9: 0,
    10: OLD,
    11: signer_of("log").public,
    12: OPERATOR.public,
    13: 7,
    14: bytes(32),
}


def link(**changed):
    said = {
        "relation": Relation.PREVIOUS,
        "other": OLD,
        "log_key": signer_of("log").public,
        "other_operator": OPERATOR.public,
        "operator": OPERATOR.public,
        "final": FINAL,
    }
    return ShardLink(**{**said, **changed})


def signed(**changed):
    fields = {**FIELDS, **{int(name[1:]): to for name, to in changed.items()}}
    return sign_statement(OPERATOR, name=Name.SHARD_LINK, origin=NEW, fields=fields)


@pytest.mark.parametrize(
    "made",
    [link(), link(final=None), link(relation=Relation.SEAL, other=LATER, final=None)],
)
def test_a_link_is_read_as_it_was_written_and_always_has_the_same_bytes(made):
    data = build_link(OPERATOR, origin=NEW, link=made)
    assert parse_link(data, origin=NEW) == made
    assert build_link(OPERATOR, origin=NEW, link=made) == data


@pytest.mark.parametrize(
    "changed",
    [
        {"_9": 3},
        {"_9": -1},
        {"_9": True},
        {"_10": ""},
        {"_10": "x" * 401},
        {"_10": 5},
        {"_11": bytes(31)},
        {"_12": bytes(33)},
        {"_13": None},
        {"_13": -1},
        {"_14": None},
        {"_14": bytes(20)},
        {"_9": 1},
        {"_9": 2},
        {"_16": 1},
    ],
)
def test_a_link_with_anything_odd_in_it_is_malformed(changed):
    assert parse_link(signed(), origin=NEW) == link()
    with pytest.raises(RefusedError) as refused:
        parse_link(signed(**changed), origin=NEW)
    assert refused.value.reason is Reason.MALFORMED


@pytest.mark.parametrize("changed", [{"_11": bytes(32)}, {"_12": bytes(32)}])
def test_a_link_never_names_a_key_of_small_order(changed):
    with pytest.raises(RefusedError) as refused:
        parse_link(signed(**changed), origin=NEW)
    assert refused.value.reason is Reason.SIGNATURE_WRONG


def test_a_link_counts_in_its_own_log_only_and_under_the_key_it_carries():
    data = build_link(OPERATOR, origin=NEW, link=link())
    other = signed(_6=signer_of("another").public)
    for wrong, origin in ((data, LATER), (other, NEW)):
        with pytest.raises(RefusedError) as refused:
            parse_link(wrong, origin=origin)
        assert refused.value.reason is Reason.SIGNATURE_WRONG


def test_another_entry_is_no_link():
    with pytest.raises(RefusedError):
        parse_link(root_by(OPERATOR, NEW), origin=NEW)


@pytest.mark.parametrize(
    "wrong",
    [
        link(operator=signer_of("another").public),
        link(final=Checkpoint(LATER, 7, bytes(32))),
    ],
)
def test_a_link_that_would_not_be_read_back_is_not_made(wrong):
    with pytest.raises(ValueError, match="no such link"):
        build_link(OPERATOR, origin=NEW, link=wrong)
