"""The tables of a vault: whose each row is, and what a newer program means."""

import pytest

from tests.support.wallets import bring_in, observation, open_wallet
from wallet.errors import RefusedError
from wallet.store.migrations import bring_up, version
from wallet.vault import schema, settings


@pytest.fixture
def wallet(tmp_path):
    with open_wallet(tmp_path / "home") as wallet:
        yield wallet


def test_every_table_of_records_says_whose_it_is(wallet):
    tables = [
        name
        for (name,) in wallet.store.all(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
        )
    ]
    mine = {
        *("setting", "source", "item", "item_key", "record", "version"),
        *("record_name", "link", "label", "erasure"),
    }
    assert mine <= set(tables)
    for table in mine:
        columns = wallet.store.all(f"SELECT name FROM pragma_table_info('{table}')")  # noqa: S608 own text only
        assert ("person_id",) in columns


def test_a_vault_has_a_version_from_the_start_and_a_newer_one_is_refused(wallet):
    assert version(wallet.store) == len(schema.STEPS) >= 1
    bring_up(wallet.store, schema.STEPS)
    wallet.store.run("UPDATE schema_version SET version = 99")
    with pytest.raises(RefusedError):
        bring_up(wallet.store, schema.STEPS)


def test_the_generation_is_remembered(wallet):
    assert schema.generation(wallet.store) == 1
    schema.note_generation(wallet.store, 5)
    assert schema.generation(wallet.store) == 5


def test_the_key_of_a_vault_is_drawn_once(wallet):
    with wallet.store.transaction():
        first = settings.vault_key(wallet.store)
        assert settings.vault_key(wallet.store) == first
    assert len(first) == 32


def test_the_same_file_is_another_item_in_another_vault(wallet, tmp_path):
    bring_in(wallet, tmp_path, observation(1))
    with open_wallet(tmp_path / "second") as second:
        bring_in(second, tmp_path, observation(1))
        ids = {w.store.value("SELECT id FROM item") for w in (wallet, second)}
        names = {
            w.store.value("SELECT name FROM record_name") for w in (wallet, second)
        }
    assert len(ids) == len(names) == 2


def test_versions_carry_the_device_and_a_number_used_once(wallet, tmp_path):
    bring_in(wallet, tmp_path, observation(1), observation(2))
    bring_in(wallet, tmp_path, observation(1, status="amended"))
    rows = wallet.store.all("SELECT dev, seq FROM version")
    assert len(set(rows)) == len(rows) == 3
    assert {dev for dev, _ in rows} == {7}
