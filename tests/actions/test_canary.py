"""Odd words planted in records appear nowhere in a home but inside the vault."""

import base64
import gzip
import json
import logging
import zlib

import pytest

from tests.support.canary import Search, plain_databases
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


def check(folder, secrets):
    assert Search({secret: secret for secret in secrets}).folder(folder) == {}
    assert plain_databases(folder) == []


KEY = bytes(range(100, 132))
WRITTEN = {
    "as it is": lambda raw: raw,
    "in hex": lambda raw: raw.hex().encode(),
    "in capital hex": lambda raw: raw.hex().upper().encode(),
    "in base64": base64.b64encode,
    "in base64 behind one byte": lambda raw: base64.b64encode(b"x" + raw + b"yz"),
    "in base64 behind two bytes": lambda raw: base64.b64encode(b"xy" + raw),
    "in base64 for addresses": base64.urlsafe_b64encode,
    "deflated": zlib.compress,
    "deflated further in": lambda raw: b"\x00\x78\x9c" + zlib.compress(b"a" + raw, 9),
    "gzipped": lambda raw: b"head" + gzip.compress(raw),
    "in base64, then gzipped": lambda raw: gzip.compress(base64.b64encode(raw)),
}


@pytest.mark.parametrize("how", WRITTEN)
def test_the_search_finds_a_word_and_a_key_however_they_are_written(how, tmp_path):
    """The measure of every test that finds nothing."""
    search = Search({"word": WORDS[0], "key": KEY})
    assert search.names(b"nothing of the kind") == []
    for name, raw in (("word", WORDS[0].encode()), ("key", KEY)):
        assert search.names(b"before" + WRITTEN[how](raw) + b"after") == [name]
    assert search.names(WORDS[0].encode("utf-16-be")) == ["word"]
    assert search.names(WORDS[0].upper().encode()) == ["word"]
    (tmp_path / f"{WORDS[0]}.txt").touch()
    assert list(search.folder(tmp_path).values()) == [["word"]]


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
