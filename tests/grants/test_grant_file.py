"""Grant files: sealed to one reader, refused when anything is changed."""

import hashlib
import io
import random

import pytest

from tests.support.world import DAY, NOON, clinic, issued, opened, patient_keys
from wallet.errors import RefusedError
from wallet.grants import grant_file
from wallet.grants.package import content_key, decrypt_package, object_id, open_share
from wallet.keys import sealing
from wallet.ledger.shard import last_end
from wallet.verdict import Reason

ELM = clinic()
MADE, PACKAGE, KEYS = issued(ELM)


def refusal(data, reader=ELM):
    with pytest.raises(RefusedError) as refused:
        opened(reader, data)
    return refused.value.reason


def test_the_named_reader_opens_it():
    grant = opened(ELM, MADE.grant_file)
    assert grant.permission == MADE.permission
    assert grant.parts.share_b is None
    assert opened(ELM, MADE.offline_file).parts.share_b is not None


def test_a_file_for_a_small_scope_is_3230_bytes():
    assert len(MADE.grant_file) == 3_230


def test_another_clinic_is_the_wrong_reader():
    assert refusal(MADE.grant_file, clinic("other")) is Reason.WRONG_READER


def test_a_permission_sealed_again_to_a_third_party_is_the_wrong_reader_there():
    third = clinic("third")
    parts = opened(ELM, MADE.grant_file).parts
    again = grant_file.write_grant_file(
        parts, sealing_key=third.opener.public, reader=third.reader_id
    )
    assert refusal(again, third) is Reason.WRONG_READER


def test_one_byte_changed_anywhere_is_refused():
    rng = random.Random(1)  # noqa: S311 places to damage
    for place in [*range(60), *rng.sample(range(len(MADE.grant_file)), 200)]:
        bad = bytearray(MADE.grant_file)
        bad[place] ^= 1 + rng.randrange(255)
        expected = Reason.UNKNOWN_VERSION if place < 10 else Reason.MALFORMED
        assert refusal(bytes(bad)) is expected


@pytest.mark.parametrize("size", [0, 5, 13, 14, 100, 3_229])
def test_a_file_cut_short_is_malformed(size):
    assert refusal(MADE.grant_file[:size]) is Reason.MALFORMED


def test_non_zero_fill_is_malformed():
    padded = bytearray(grant_file.pad(b"x"))
    padded[-1] = 1
    with pytest.raises(RefusedError):
        grant_file.unpad(bytes(padded))
    with pytest.raises(RefusedError):
        grant_file.unpad(grant_file.pad(b"x") + bytes(1_024))


def test_another_salt_does_not_open_the_commitment():
    parts = opened(ELM, MADE.grant_file).parts
    other = grant_file.GrantParts(
        signed=parts.signed,
        salt=bytes(32),
        entry=parts.entry,
        share_a=parts.share_a,
        share_b=None,
    )
    data = grant_file.write_grant_file(
        other, sealing_key=ELM.opener.public, reader=ELM.reader_id
    )
    assert refusal(data) is Reason.SIGNATURE_WRONG


def test_the_entry_of_another_grant_is_signature_wrong():
    parts = opened(ELM, MADE.grant_file).parts
    second, _, _ = issued(ELM, number=1)
    other = grant_file.GrantParts(
        signed=parts.signed,
        salt=parts.salt,
        entry=second.entry,
        share_a=parts.share_a,
        share_b=None,
    )
    data = grant_file.write_grant_file(
        other, sealing_key=ELM.opener.public, reader=ELM.reader_id
    )
    assert refusal(data) is Reason.SIGNATURE_WRONG


def test_a_period_that_ends_before_it_begins_is_malformed():
    with pytest.raises(RefusedError) as refused:
        issued(ELM, begins=NOON, ends=NOON)
    assert refused.value.reason is Reason.MALFORMED


def test_a_permission_may_not_outlive_its_shard():
    with pytest.raises(RefusedError):
        issued(ELM, origin="x.test/consent/2026h2", ends=NOON + 60 * DAY)
    issued(ELM, origin="x.test/consent/2026h2", ends=1_798_761_600)


@pytest.mark.parametrize("year", ["0000", "9999", "1999", "20261"])
def test_a_year_that_no_shard_has_names_none_and_is_no_fault(year):
    """A reader meets origins that strangers made up."""
    assert last_end(f"x.test/consent/{year}h2") is None


def opened_package(data, *, made=MADE, share_b=None, lowest=0, tmp=None):
    grant = opened(ELM, MADE.grant_file)
    name = object_id(grant.permission.secret, 0)
    b = share_b or open_share(
        made.deposit.sealed_share, opener=ELM.opener, leaf=grant.leaf, object_id=name
    )
    key = content_key(grant.parts.share_a, b, leaf=grant.leaf, object_id=name)
    out = {}

    class Kept(io.BytesIO):
        def close(self):
            out[self.ref] = self.getvalue()
            super().close()

    def begin(ref):
        kept = Kept()
        kept.ref = ref.name
        return kept

    manifest = decrypt_package(
        io.BytesIO(data),
        key=key,
        permission=grant.permission,
        leaf=grant.leaf,
        lowest_sequence=lowest,
        begin=begin,
        scratch=tmp,
    )
    return manifest, out


def test_the_package_opens_with_both_shares(tmp_path):
    manifest, out = opened_package(PACKAGE, tmp=tmp_path)
    assert [part.name for part in manifest.parts] == list(out)
    assert out["START-HERE.html"] == b"<p>hello</p>"
    assert hashlib.sha256(PACKAGE).digest() == MADE.deposit.digest


def test_a_lower_sequence_than_seen_is_package_altered(tmp_path):
    with pytest.raises(RefusedError) as refused:
        opened_package(PACKAGE, lowest=1, tmp=tmp_path)
    assert refused.value.reason is Reason.PACKAGE_ALTERED


def test_one_flipped_byte_of_the_package_is_package_altered(tmp_path):
    for place in (9, 50, 80, 1_000, len(PACKAGE) - 1):
        bad = bytearray(PACKAGE)
        bad[place] ^= 1
        with pytest.raises(RefusedError) as refused:
            opened_package(bytes(bad), tmp=tmp_path)
        assert refused.value.reason is Reason.PACKAGE_ALTERED


def test_what_relay_and_ledger_hold_opens_nothing():
    deposit = MADE.deposit
    with pytest.raises(RefusedError):
        open_share(
            deposit.sealed_share,
            opener=clinic("relay").opener,
            leaf=MADE.leaf,
            object_id=deposit.object_id,
        )


def test_two_grants_of_one_patient_share_no_key():
    second, _, _ = issued(clinic("other"), number=1)
    fields = ("pair_sign", "pair_seal", "ledger_key", "control_key", "secret")
    for name in fields:
        assert getattr(second.permission, name) != getattr(MADE.permission, name)


def test_a_sealed_share_is_1168_bytes():
    assert len(MADE.deposit.sealed_share) == 1_168
    assert sealing.OVERHEAD == 1_136


def test_the_same_numbers_give_the_same_keys_and_other_devices_give_others():
    assert patient_keys().pair(3).sign.public == patient_keys().pair(3).sign.public
    assert patient_keys(dev=8).pair(3).sign.public != patient_keys().pair(3).sign.public
