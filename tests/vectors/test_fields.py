"""Each field of each payload once too few, once too many, and of every wrong type."""

import pytest

from tests.vectors.payloads import BARE, CLAUSE, SIGNED, wrong_values
from wallet.cbor import encode
from wallet.errors import RefusedError
from wallet.statement import NUMBER
from wallet.verdict import Reason

ALL = {**SIGNED, **BARE, "scope clause": CLAUSE}
EVERY = [(name, field) for name, one in ALL.items() for field in one.fields]
# Every condition of a clause is optional (PROTOCOL.md 12).
NEEDED = [(name, field) for name, field in EVERY if name != "scope clause"]
MARKED = [
    (name, field) for name, field in EVERY if not (name in SIGNED and field in (1, 2))
]
NOT_MALFORMED = {
    # A manifest lies inside a package: whatever is wrong with it, the package is.
    "manifest": Reason.PACKAGE_ALTERED,
    "manifest part": Reason.PACKAGE_ALTERED,
}


def refused(name, fields):
    with pytest.raises(RefusedError) as caught:
        ALL[name].read(encode(fields))
    return caught.value.reason


def usual(name):
    return NOT_MALFORMED.get(name, Reason.MALFORMED)


@pytest.mark.parametrize("name", ALL)
def test_a_whole_payload_is_read(name):
    ALL[name].read(encode(ALL[name].fields))


@pytest.mark.parametrize("name", ALL)
def test_every_field_has_its_kind(name):
    marks = {1, 2} if name in SIGNED else set()
    assert ALL[name].fields.keys() == ALL[name].kinds.keys() | marks


@pytest.mark.parametrize(("name", "field"), NEEDED)
def test_one_field_less_is_refused(name, field):
    less = {key: value for key, value in ALL[name].fields.items() if key != field}
    assert refused(name, less) is usual(name)


@pytest.mark.parametrize("extra", [-1, 0, 16, 99])
@pytest.mark.parametrize("name", ALL)
def test_one_field_more_is_refused(name, extra):
    more = {extra: 0, **ALL[name].fields}
    if len(more) == len(ALL[name].fields):  # a list already has that place
        more[len(more)] = 0
    assert refused(name, more) is usual(name)


@pytest.mark.parametrize(("name", "field"), MARKED)
def test_a_field_of_another_type_or_size_is_refused(record_property, name, field):
    one = ALL[name]
    wrong = wrong_values(one.kinds[field])
    for value in wrong:
        assert refused(name, {**one.fields, field: value}) is usual(name), value
    assert len(wrong) > 8
    record_property("fields", {"wrong values refused": len(wrong)})


@pytest.mark.parametrize("name", SIGNED)
@pytest.mark.parametrize("version", [0, 2, -1, 1 << 40])
def test_another_version_is_unknown_whatever_else_is_in_it(name, version):
    fields = {**SIGNED[name].fields, 2: version}
    assert refused(name, fields) is Reason.UNKNOWN_VERSION
    assert refused(name, {2: version, 1: fields[1], 99: "new"}) is (
        Reason.UNKNOWN_VERSION
    )


@pytest.mark.parametrize("name", SIGNED)
@pytest.mark.parametrize("version", [None, True, "1", b"\1", [1], {1: 1}])
def test_what_is_no_version_is_malformed(name, version):
    fields = {**SIGNED[name].fields, 2: version}
    assert refused(name, fields) is usual(name)


@pytest.mark.parametrize("name", SIGNED)
def test_the_type_of_another_payload_is_refused(name):
    mine = SIGNED[name].fields[1]
    for number in {*NUMBER.values(), 0, -1, 999} - {mine}:
        fields = {**SIGNED[name].fields, 1: number}
        allowed = {usual(name), Reason.UNKNOWN_VERSION, Reason.SIGNATURE_WRONG}
        assert refused(name, fields) in allowed
    for value in (None, True, "x", b"", [], {}):
        assert refused(name, {**SIGNED[name].fields, 1: value}) is usual(name)
