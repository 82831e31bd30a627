"""Three ways to fail to open a wallet, each told apart, and nothing written."""

import contextlib
import hashlib
import os
import random
import shutil
import subprocess
import sys
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.power_cut import cut_at
from wallet.cbor import decode, encode
from wallet.errors import (
    HomeMissingError,
    PassphraseWrongError,
    SlotsDamagedError,
    SlotsForeignError,
    StoreDamagedError,
    UsageError,
)
from wallet.keys import custody, slots
from wallet.keys.keyfile import Cost
from wallet.keys.record_cipher import item_id, new_key, open_sealed, seal

CHEAP = Cost(memory=64, passes=1, lanes=1)
PHRASE = "correct horse battery staple"


@pytest.fixture
def made(tmp_path):
    path = tmp_path / "slots.hw"
    opened, words = custody.create(path, passphrase=PHRASE, cost=CHEAP)
    return path, opened, words


def test_the_passphrase_gives_seed_and_data_key_back(made):
    path, opened, _ = made
    again = custody.unlock(path, PHRASE, vault_id=opened.vault_id)
    assert again == opened
    assert len(again.seed) == len(again.data_key) == 32
    assert again.seed != again.data_key


def test_the_words_are_the_seed_and_open_the_same_wallet(made):
    path, opened, words = made
    assert len(words) == 24
    assert custody.from_words(words) == bytes(opened.seed)
    typed = [word.upper() for word in words]
    assert custody.unlock_with_words(path, typed, vault_id=opened.vault_id) == opened


def test_a_passphrase_typed_on_another_keyboard_is_the_same(tmp_path):
    path = tmp_path / "slots.hw"
    opened, _ = custody.create(path, passphrase="caf\u00e9", cost=CHEAP)
    assert custody.unlock(path, "cafe\u0301", vault_id=opened.vault_id) == opened


def test_a_wrong_passphrase_is_wrong_and_writes_nothing(made):
    path, opened, _ = made
    before = {f.name: f.read_bytes() for f in path.parent.iterdir()}
    for wrong in ("", PHRASE + " ", PHRASE.upper()):
        with pytest.raises(PassphraseWrongError):
            custody.unlock(path, wrong, vault_id=opened.vault_id)
    assert {f.name: f.read_bytes() for f in path.parent.iterdir()} == before


def test_words_of_another_wallet_are_wrong_and_mistyped_ones_are_named(made, tmp_path):
    path, opened, words = made
    _, others = custody.create(tmp_path / "b.hw", passphrase="x", cost=CHEAP)
    with pytest.raises(PassphraseWrongError):
        custody.unlock_with_words(path, others, vault_id=opened.vault_id)
    for bad in (words[:23], [*words[:23], "notaword"], [words[1], *words[1:]]):
        with pytest.raises(UsageError):
            custody.unlock_with_words(path, bad, vault_id=opened.vault_id)


def test_slots_of_another_vault_are_foreign_before_any_passphrase(made):
    path, _, _ = made
    with pytest.raises(SlotsForeignError):
        custody.unlock(path, "not even right", vault_id=bytes(16))


def test_slots_older_than_the_vault_are_foreign(made):
    _, opened, _ = made
    custody.check_generation(opened, vault_generation=1)
    custody.check_generation(opened, vault_generation=0)
    with pytest.raises(SlotsForeignError):
        custody.check_generation(opened, vault_generation=2)


def test_no_flipped_bit_and_no_cut_passes(made):
    path, opened, _ = made
    good = path.read_bytes()
    draw = random.Random(7)  # noqa: S311
    for bit in draw.sample(range(len(good) * 8), 1_000):
        bad = bytearray(good)
        bad[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SlotsDamagedError):
            slots.parse(bytes(bad))
    for cut in range(0, len(good), 7):
        with pytest.raises(SlotsDamagedError):
            slots.parse(good[:cut])
    path.write_bytes(good + b"x")
    with pytest.raises(SlotsDamagedError):
        custody.unlock(path, PHRASE, vault_id=opened.vault_id)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_damaged_slots_and_nothing_worse(data):
    with pytest.raises(SlotsDamagedError):
        slots.parse(slots.MAGIC + data)


def _forge(path, change):
    """Write what somebody without the data key can: a new digest, an old MAC."""
    body, mac = decode(path.read_bytes()[8:-32])
    fields = decode(body)
    change(fields)
    signed = encode([encode(fields), mac])
    path.write_bytes(slots.MAGIC + signed + hashlib.sha256(signed).digest())


def test_a_forged_generation_is_found_by_the_mac(made):
    path, opened, _ = made
    _forge(path, lambda fields: fields.update({3: 99}))
    with pytest.raises(SlotsDamagedError):
        custody.unlock(path, PHRASE, vault_id=opened.vault_id)


@pytest.mark.parametrize(
    "change",
    [
        lambda f: f.update({1: 2}),
        lambda f: f.update({2: b"short"}),
        lambda f: f.update({3: 0}),
        lambda f: f.update({4: f[4] * 20}),
        lambda f: f.update({5: b"short"}),
        lambda f: f.update({6: 1}),
        lambda f: f[4][0].__setitem__(1, b"short"),
        lambda f: f[4][0].__setitem__(2, b"short"),
        lambda f: f[4][0].append(1),
        lambda f: f[4][0].__setitem__(0, encode([1, f[2], 9, bytes(16)])),
        lambda f: f[4][0].__setitem__(0, encode([1, bytes(16), 1, bytes(16), 8, 1, 1])),
    ],
)
def test_each_field_out_of_shape_is_damage(made, change):
    path, opened, _ = made
    _forge(path, change)
    with pytest.raises(SlotsDamagedError):
        custody.unlock(path, PHRASE, vault_id=opened.vault_id)


@pytest.mark.parametrize(
    "cost", [(1 << 30, 3, 4), (64, 21, 1), (64, 1, 17), (0, 1, 1), (64, 0, 1)]
)
def test_an_absurd_cost_is_refused_before_it_is_spent(made, cost):
    path, opened, _ = made
    bound = encode([1, opened.vault_id, 1, bytes(16), *cost, bytes(32)])
    _forge(path, lambda fields: fields[4][0].__setitem__(0, bound))
    with pytest.raises(SlotsDamagedError):
        custody.unlock(path, PHRASE, vault_id=opened.vault_id)


def test_a_new_passphrase_opens_and_the_old_one_does_not(made):
    path, opened, words = made
    generation = custody.change_passphrase(
        path, opened=opened, passphrase="something new", cost=CHEAP
    )
    assert generation == 2
    again = custody.unlock(path, "something new", vault_id=opened.vault_id)
    assert (again.seed, again.data_key) == (opened.seed, opened.data_key)
    with pytest.raises(PassphraseWrongError):
        custody.unlock(path, PHRASE, vault_id=opened.vault_id)
    assert custody.unlock_with_words(path, words, vault_id=opened.vault_id) == again
    assert path.stat().st_mode & 0o077 == 0


def test_no_file_of_a_home_opens_with_the_passphrase_before(made):
    path, opened, _ = made
    custody.change_passphrase(path, opened=opened, passphrase="new", cost=CHEAP)
    held = sorted(path.parent.iterdir())
    assert [file.name for file in held] == ["slots.hw", "slots.hw.spare"]
    for file in held:
        assert file.stat().st_mode & 0o077 == 0
        with pytest.raises(PassphraseWrongError):
            custody.unlock(file, PHRASE, vault_id=opened.vault_id)
        assert custody.unlock(file, "new", vault_id=opened.vault_id)


def test_the_spare_opens_where_the_first_is_damaged_also_after_a_change(made):
    path, opened, _ = made
    custody.change_passphrase(path, opened=opened, passphrase="new", cost=CHEAP)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(SlotsDamagedError, match=r"slots\.hw\.spare"):
        custody.unlock(path, "new", vault_id=opened.vault_id)
    shutil.copy(path.with_name("slots.hw.spare"), path)
    again = custody.unlock(path, "new", vault_id=opened.vault_id)
    custody.check_generation(again, vault_generation=2)


def test_keys_a_disk_did_not_keep_replace_nothing(made, monkeypatch):
    path, opened, _ = made
    before = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    real = os.fsync
    monkeypatch.setattr(slots.os, "fsync", lambda fd: (os.ftruncate(fd, 5), real(fd)))
    with pytest.raises(OSError, match="not written"):
        custody.change_passphrase(path, opened=opened, passphrase="new", cost=CHEAP)
    monkeypatch.undo()
    assert {name: (path.parent / name).read_bytes() for name in before} == before
    assert custody.unlock(path, PHRASE, vault_id=opened.vault_id) == opened


@pytest.mark.parametrize("call", ["open", "fsync", "replace"])
def test_killed_at_any_step_of_a_change_one_passphrase_opens(made, call):
    path, opened, _ = made
    for step in range(1, 20):
        change = partial(custody.change_passphrase, path, opened=opened, cost=CHEAP)
        code = cut_at(call, step, partial(change, passphrase=f"new {step}"))
        opens = []
        for phrase in (PHRASE, f"new {step}"):
            with contextlib.suppress(PassphraseWrongError):
                custody.unlock(path, phrase, vault_id=opened.vault_id)
                opens.append(phrase)
        assert opens in ([PHRASE], [f"new {step}"])
        custody.mend_spare(path)
        spare = path.with_name("slots.hw.spare")
        assert spare.read_bytes() == path.read_bytes()
        if code == 0:
            assert opens == [f"new {step}"]
            return
        change(passphrase=PHRASE)
    pytest.fail("there are more steps than were tried")


def test_a_wallet_is_never_made_over_another(made):
    path, _, _ = made
    with pytest.raises(FileExistsError):
        custody.create(path, passphrase=PHRASE, cost=CHEAP)


def test_an_empty_passphrase_is_not_taken_and_writes_nothing(tmp_path):
    with pytest.raises(UsageError):
        custody.create(tmp_path / "slots.hw", passphrase="", cost=CHEAP)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_file_is_a_missing_wallet(tmp_path):
    with pytest.raises(HomeMissingError):
        custody.unlock(tmp_path / "slots.hw", PHRASE, vault_id=bytes(16))


def test_no_two_wallets_share_a_secret_and_none_lies_in_the_file(tmp_path):
    one, words = custody.create(tmp_path / "1", passphrase=PHRASE, cost=CHEAP)
    two, _ = custody.create(tmp_path / "2", passphrase=PHRASE, cost=CHEAP)
    assert len({bytes(s) for o in (one, two) for s in (o.seed, o.data_key)}) == 4
    data = (tmp_path / "1").read_bytes()
    for secret in (bytes(one.seed), bytes(one.data_key), words[0].encode() + b" "):
        assert secret not in data
    assert bytes(one.seed).hex() not in repr(one)


def test_what_was_wiped_is_zero(made):
    _, opened, _ = made
    opened.wipe()
    assert opened.seed == opened.data_key == bytearray(32)


@pytest.mark.parametrize(
    ("seconds", "memory", "chosen"),
    [
        (0.1, 16 << 20, Cost(memory=448 << 10, passes=3, lanes=4)),
        (2.0, 16 << 20, Cost(memory=64 << 10, passes=3, lanes=4)),
        (0.1, 1 << 20, Cost(memory=256 << 10, passes=6, lanes=4)),
        (0.001, 1 << 19, Cost(memory=128 << 10, passes=20, lanes=4)),
    ],
)
def test_the_cost_follows_the_machine(seconds, memory, chosen):
    ticks = iter((0.0, seconds))
    spent = []
    found = custody.tuned(
        memory=memory, stretch=spent.append, clock=lambda: next(ticks)
    )
    assert found == chosen
    assert spent == [Cost(memory=64 << 10)]


def test_a_hardened_process_leaves_no_core_and_cannot_be_read():
    program = (
        "from wallet.keys.custody import harden; harden();"
        "import resource, ctypes;"
        "print(resource.getrlimit(resource.RLIMIT_CORE), "
        "ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert said == "(0, 0) 0\n"


def test_a_record_opens_only_with_its_key_and_in_its_place():
    key = new_key()
    sealed = seal(b"body", key=key, bound_to=b"id1")
    assert open_sealed(sealed, key=key, bound_to=b"id1") == b"body"
    for wrong in (
        (sealed, new_key(), b"id1"),
        (sealed, key, b"id2"),
        (sealed[:-1], key, b"id1"),
        (b"", key, b"id1"),
        (sealed, b"short", b"id1"),
    ):
        with pytest.raises(StoreDamagedError):
            open_sealed(wrong[0], key=wrong[1], bound_to=wrong[2])


def test_an_item_has_another_name_in_another_vault():
    assert item_id(b"a" * 32, b"item") != item_id(b"b" * 32, b"item")
    assert item_id(b"a" * 32, b"item") == item_id(b"a" * 32, b"item")


def test_a_copied_home_opens_as_the_first(made, tmp_path):
    path, opened, _ = made
    copy = tmp_path / "copy.hw"
    shutil.copy(path, copy)
    assert custody.unlock(copy, PHRASE, vault_id=opened.vault_id) == opened
