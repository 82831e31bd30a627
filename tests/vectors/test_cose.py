"""cose-wg/Examples, Sign1: our envelope bytes agree, and none of them is ours.

All are ES256 with an unprotected kid, so every one must be refused: the test names
the first fault we see in each. What must agree is the signed structure itself.
"""

import cbor2
import pytest

from tests.vectors.published import folder, load
from wallet.cbor import encode
from wallet.errors import RefusedError
from wallet.statement import Name, parse, peek_type
from wallet.verdict import Reason

# What we say first: an envelope outside tag 18 or with an unprotected header.
FAULTS = {
    "sign-pass-01": (Reason.MALFORMED, "statement envelope"),
    "sign-pass-02": (Reason.MALFORMED, "statement envelope"),
    "sign-pass-03": (Reason.MALFORMED, "statement envelope"),
    "sign-fail-01": (Reason.MALFORMED, "statement envelope"),
    "sign-fail-02": (Reason.MALFORMED, "statement envelope"),
    "sign-fail-03": (Reason.MALFORMED, "statement envelope"),
    "sign-fail-04": (Reason.MALFORMED, "statement envelope"),
    "sign-fail-06": (Reason.MALFORMED, "statement envelope"),
    "sign-fail-07": (Reason.MALFORMED, "statement envelope"),
}


def example(name):
    return load(f"cose-sign1/{name}.json")


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_every_example_is_refused_as_not_one_of_ours(name):
    data = bytes.fromhex(example(name)["output"]["cbor"])
    with pytest.raises(RefusedError) as refused:
        peek_type(data)
    assert (refused.value.reason, refused.value.place) == FAULTS[name]
    with pytest.raises(RefusedError):
        parse(data, name=Name.GRANT, fields={})


@pytest.mark.parametrize("name", ["sign-pass-02", "sign-pass-03", "sign-fail-01"])
def test_the_signed_structure_has_the_published_bytes(name):
    one = example(name)
    external = bytes.fromhex(one["input"]["sign0"].get("external", ""))
    value = cbor2.loads(bytes.fromhex(one["output"]["cbor"]))
    parts = getattr(value, "value", value)
    made = encode(["Signature1", parts[0], external, parts[2]])
    assert made.hex().upper() == one["intermediates"]["ToBeSign_hex"].upper()


@pytest.mark.parametrize("name", ["sign-pass-02", "sign-fail-03", "sign-fail-04"])
def test_without_the_unprotected_header_another_algorithm_is_an_unknown_version(name):
    value = cbor2.loads(bytes.fromhex(example(name)["output"]["cbor"])).value
    bare = b"\xd2" + encode([value[0], {}, value[2], value[3]])
    with pytest.raises(RefusedError) as refused:
        peek_type(bare)
    assert refused.value.reason is Reason.UNKNOWN_VERSION


def test_every_published_example_is_named_here(record_property):
    found = {path.stem for path in (folder() / "cose-sign1").glob("*.json")}
    record_property("cose_sign1", {"refused": len(found)})
    assert found == FAULTS.keys()
