"""A home is made whole or not at all, and no crash between two files locks it."""

import shutil
from functools import partial

import pytest

from tests.support.power_cut import cut_at
from wallet.actions.patient import home as homes
from wallet.actions.patient import records
from wallet.actions.patient.home import PatientHome, open_wallet
from wallet.errors import PassphraseWrongError, SlotsForeignError, UsageError
from wallet.keys import custody, keyfile
from wallet.keys.keyfile import Cost
from wallet.vault import schema

CHEAP = Cost(memory=64, passes=1, lanes=1)


@pytest.fixture(autouse=True)
def _cheap(monkeypatch):
    monkeypatch.setattr(custody, "tuned", lambda: CHEAP)
    monkeypatch.setattr(custody, "harden", lambda: None)


@pytest.fixture
def home(tmp_path):
    made = PatientHome(tmp_path / "home")
    homes.create_wallet(made, passphrase="old")
    return made


def opens(home, passphrase):
    try:
        with open_wallet(home, passphrase=passphrase) as wallet:
            return schema.generation(wallet.store)
    except PassphraseWrongError:
        return None


def test_killed_while_it_is_made_a_wallet_can_be_made_again(tmp_path):
    for step in range(1, 40):
        home = PatientHome(tmp_path / f"home{step}")
        code = cut_at("open", step, partial(homes.create_wallet, home, passphrase="a"))
        if code == 0:
            assert opens(home, "a") == 1
            return
        assert not home.exists
        homes.create_wallet(home, passphrase="b")
        assert opens(home, "b") == 1
        with pytest.raises(UsageError):
            homes.create_wallet(home, passphrase="c")
    pytest.fail("there are more steps than were tried")


def test_words_are_given_again_until_they_are_on_paper(tmp_path):
    home = PatientHome(tmp_path / "home")
    words = homes.begin_wallet(home, passphrase="a")
    for _ in range(2):
        with open_wallet(home, passphrase="a") as wallet:
            assert homes.words_due(wallet) == words
    with open_wallet(home, passphrase="a") as wallet:
        homes.words_kept(wallet)
    with open_wallet(home, passphrase="a") as wallet:
        assert homes.words_due(wallet) == ()


def test_words_printed_by_the_command_are_given_once(home):
    with open_wallet(home, passphrase="old") as wallet:
        assert homes.words_due(wallet) == ()


def test_a_change_cut_short_before_the_vault_heard_of_it_is_finished(home, monkeypatch):
    monkeypatch.setattr(schema, "note_generation", _power_cut)
    with pytest.raises(RuntimeError):
        homes.change_passphrase(home, old="old", new="new")
    monkeypatch.undo()
    assert opens(home, "old") is None
    assert opens(home, "new") == 2


def _power_cut(*_args):
    raise RuntimeError("power")


def test_a_spare_left_from_before_a_change_is_mended_when_the_wallet_opens(home):
    spare = home.slots.with_name("slots.hw.spare")
    before = spare.read_bytes()
    homes.change_passphrase(home, old="old", new="new")
    spare.write_bytes(before)
    assert opens(home, "new") == 2
    assert spare.read_bytes() == home.slots.read_bytes()


def test_an_older_file_of_keys_neither_opens_nor_takes_a_new_passphrase(home):
    before = home.slots.read_bytes()
    homes.change_passphrase(home, old="old", new="new")
    homes.change_passphrase(home, old="new", new="newer")
    newest = home.slots.read_bytes()
    home.slots.write_bytes(before)
    for attempt in (
        lambda: opens(home, "old"),
        lambda: homes.change_passphrase(home, old="old", new="newest"),
    ):
        with pytest.raises(SlotsForeignError):
            attempt()
        assert home.slots.read_bytes() == before
    home.slots.write_bytes(newest)
    assert opens(home, "newer") == 3


def test_the_keys_are_wiped_when_the_wallet_is_closed(home):
    with open_wallet(home, passphrase="old") as wallet:
        keys = wallet.keys
        assert any(keys._seed)
    assert not any(keys._seed)


def test_every_secret_file_of_a_home_is_its_owners_alone(home):
    with open_wallet(home, passphrase="old") as wallet:
        assert wallet.scratch_folder.stat().st_mode & 0o077 == 0
        files = [path for path in home.folder.rglob("*") if path.is_file()]
        assert {path.name for path in files} >= {"vault.db", "slots.hw", "lock"}
        assert not [path for path in files if path.stat().st_mode & 0o077]
    assert home.folder.stat().st_mode & 0o077 == 0


def test_what_a_crash_left_in_the_private_folder_is_gone_at_the_next_start(home):
    home.private.mkdir()
    (home.private / "left").write_bytes(b"plain words")
    with open_wallet(home, passphrase="old"):
        assert not home.private.exists()


def test_a_copied_home_opens_with_the_passphrase_it_had(home, tmp_path):
    copy = PatientHome(tmp_path / "copy")
    shutil.copytree(home.folder, copy.folder)
    homes.change_passphrase(home, old="old", new="new")
    assert opens(copy, "old") == 1


def test_a_clinics_passphrase_is_the_same_from_any_keyboard(tmp_path):
    path = tmp_path / "keys.hw"
    seed = keyfile.create(path, passphrase="caf\u00e9".encode(), cost=CHEAP)
    assert keyfile.load(path, passphrase="cafe\u0301".encode()) == seed
    with pytest.raises(PassphraseWrongError):
        keyfile.load(path, passphrase=b"cafe")
    odd = tmp_path / "odd.hw"
    seed = keyfile.create(odd, passphrase=b"\xff\xfe", cost=CHEAP)
    assert keyfile.load(odd, passphrase=b"\xff\xfe") == seed


@pytest.mark.parametrize("policy", [None, "no policy at all\n"])
def test_records_open_though_the_trust_files_are_missing_or_damaged(home, policy):
    trust = home.folder / "trust"
    trust.mkdir()
    (trust / "ledger.url").write_text("http://127.0.0.1:1\n")
    if policy is not None:
        for name in ("ledger.policy", "boards.policy"):
            (trust / name).write_text(policy)
    with open_wallet(home, passphrase="old") as wallet:
        assert records.timeline(wallet).total == 0
        assert wallet.network.origins == ()
        with pytest.raises(UsageError, match="the ledger is not followed"):
            wallet.network.sync()
