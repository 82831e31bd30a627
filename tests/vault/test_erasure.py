"""What was erased is gone: from answers, from decrypted pages, from its own copies."""

import json

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tests.support.wallets import NOON, bring_in, bundle, observation, open_wallet
from wallet.actions.patient import records
from wallet.errors import StoreDamagedError, UsageError
from wallet.store.connection import PAGE_SIZE
from wallet.vault import sources

KEY = bytes(range(32))
_RESERVED = 80  # 16 bytes of IV and an HMAC-SHA-512 at the end of each page
_SALT = 16


@pytest.fixture
def wallet(tmp_path):
    with open_wallet(tmp_path / "home") as wallet:
        yield wallet


def decrypted(path):
    """Every page of the file as SQLite sees it, without SQLCipher."""
    data = path.read_bytes()
    assert len(data) % PAGE_SIZE == 0
    pages = []
    for start in range(0, len(data), PAGE_SIZE):
        page = data[start : start + PAGE_SIZE]
        body = page[0 if start else _SALT : -_RESERVED]
        iv = page[-_RESERVED : -_RESERVED + 16]
        cipher = Cipher(algorithms.AES(KEY), modes.CBC(iv)).decryptor()
        pages.append(cipher.update(body))
    return b"".join(pages)


def planted(number):
    return observation(
        number,
        code={"text": "Quokkaberry level"},
        note=[{"text": "ask about zibbelwort"}],
        valueQuantity={"value": "77123456789", "unit": "plonks"},
    )


WORDS = (b"uokkaberr", b"ibbelwor", b"77123456789", b"plonks")


def test_no_word_of_an_erased_record_is_left_on_any_page(wallet, tmp_path):
    plenty = [observation(number) for number in range(2, 400)]
    bring_in(wallet, tmp_path, bundle(*plenty[:200], planted(1), *plenty[200:]))
    wallet.store.checkpoint()
    before = decrypted(wallet.store.path)
    assert all(word in before for word in WORDS)
    (record,) = records.search(wallet, "quokka").records
    records.erase(wallet, record.scope_id, now=NOON)
    after = decrypted(wallet.store.path)
    assert not [word for word in WORDS if word.lower() in after.lower()]
    wal = wallet.store.path.with_name("vault.db-wal")
    assert not wal.exists() or wal.stat().st_size == 0
    assert records.search(wallet, "zibbel").total == 0
    assert records.timeline(wallet).total == len(plenty)


def test_every_version_and_spelling_goes_with_its_record(wallet, tmp_path):
    changed = planted(1) | {"status": "amended"}
    spelled = json.dumps(planted(1), indent=7)
    bring_in(wallet, tmp_path, planted(1), changed, spelled, observation(2))
    (record,) = records.search(wallet, "quokka").records
    records.erase(wallet, record.scope_id, now=NOON)
    assert wallet.store.value("SELECT count(*) FROM item") == 1
    assert wallet.store.value("SELECT count(*) FROM item_key") == 1
    for table in ("version", "record", "record_name"):
        assert wallet.store.value(f"SELECT count(*) FROM {table}") == 1  # noqa: S608 own text only
    whole = sources.whole_sources(wallet.store)
    assert [source.name for source in whole] == ["file-3"]


def test_a_source_with_a_hole_is_not_given_back_as_if_it_were_whole(wallet, tmp_path):
    bring_in(wallet, tmp_path, bundle(planted(1), observation(2)))
    (source,) = sources.whole_sources(wallet.store)
    (record,) = records.search(wallet, "quokka").records
    records.erase(wallet, record.scope_id, now=NOON)
    assert sources.whole_sources(wallet.store) == []
    with pytest.raises(StoreDamagedError):
        b"".join(sources.original(wallet.store, source))


def test_a_number_that_was_erased_is_never_given_again(wallet, tmp_path):
    bring_in(wallet, tmp_path, planted(1))
    (record,) = records.timeline(wallet).records
    records.erase(wallet, record.scope_id, now=NOON)
    bring_in(wallet, tmp_path, observation(2))
    assert wallet.store.value("SELECT max(row) FROM item") == 2
    assert wallet.store.value("SELECT max(row) FROM record") == 2


def test_the_list_of_what_was_erased_is_kept(wallet, tmp_path):
    bring_in(wallet, tmp_path, planted(1))
    (record,) = records.timeline(wallet).records
    records.erase(wallet, record.scope_id, now=NOON)
    row = wallet.store.one("SELECT * FROM erasure")
    assert row == (0, record.record_id, int(NOON.timestamp()))
    with pytest.raises(UsageError):
        records.erase(wallet, record.scope_id, now=NOON)


def test_a_body_whose_key_is_gone_does_not_open(wallet, tmp_path):
    bring_in(wallet, tmp_path, planted(1))
    wallet.store.run("DELETE FROM item_key")
    (record,) = records.timeline(wallet).records
    with pytest.raises(StoreDamagedError):
        records.show(wallet, record.scope_id)
