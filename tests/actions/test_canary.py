"""Odd words planted in records appear nowhere in a home but inside the vault."""

import json
import logging

import pytest

from tests.support.wallets import NOON, bundle, observation
from wallet.actions.patient import home as homes
from wallet.actions.patient import records
from wallet.errors import CancelledError, WalletError
from wallet.keys import custody
from wallet.keys.keyfile import Cost

PHRASE = "wobblepuffin at dawn"
WORDS = ("quokkaberry", "zibbelwort", "Snorrlefax")
CHEAP = Cost(memory=64, passes=1, lanes=1)


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setattr(custody, "harden", lambda: None)
    return homes.PatientHome(tmp_path / "home")


def planted():
    return observation(
        1,
        code={"text": WORDS[0]},
        note=[{"text": WORDS[1]}],
        performer=[{"display": WORDS[2]}],
    )


def readable(folder):
    """Every byte of every file, and every name."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.name: path.name.encode() + path.read_bytes() for path in files}


def check(folder, words):
    for name, data in readable(folder).items():
        assert not data[len(name) :].startswith(b"SQLite format 3"), name
        for secret in words:
            spellings = {
                secret.encode(),
                secret.lower().encode(),
                secret.encode("utf-16-le"),
                secret.encode().hex().encode(),
            }
            assert not [one for one in spellings if one in data], name


def test_nothing_planted_can_be_read_while_open_or_closed(home, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    words = homes.create_wallet(home, passphrase=PHRASE, cost=CHEAP)
    secrets = [*WORDS, PHRASE, *(" ".join(words[n : n + 2]) for n in range(23))]
    file = tmp_path / "records"
    file.write_text(json.dumps(bundle(planted())))
    with homes.open_wallet(home, passphrase=PHRASE) as wallet:
        records.import_paths(wallet, [file], now=NOON)
        assert records.search(wallet, "quokka").total == 1
        check(home.folder, secrets)
    check(home.folder, secrets)
    homes.change_passphrase(home, old=PHRASE, new="snufflewhale")
    check(home.folder, [*secrets, "snufflewhale"])
    assert not [word for word in secrets if word in caplog.text]


def test_no_fault_repeats_what_it_stumbled_over(home, tmp_path, caplog):
    homes.create_wallet(home, passphrase=PHRASE, cost=CHEAP)
    bad = json.dumps(planted()).encode()
    file = tmp_path / "records"
    file.write_bytes(bad[: len(bad) // 2])
    said = []
    with homes.open_wallet(home, passphrase=PHRASE) as wallet:
        answer = records.import_paths(wallet, [file], now=NOON)
        said.append(json.dumps(answer.as_json()))
        file.write_bytes(bad)
        with pytest.raises(CancelledError) as stopped:
            records.import_paths(wallet, [file], now=NOON, cancelled=lambda: True)
        said.append(str(stopped.value))
    with pytest.raises(WalletError) as wrong, homes.open_wallet(home, passphrase="x"):
        pass
    said += [str(wrong.value), caplog.text]
    assert not [word for word in (*WORDS, PHRASE) if word in "".join(said)]
