"""BIP-39: the words on the recovery sheet are the published ones."""

import unicodedata
from collections import Counter

import pytest
from mnemonic import Mnemonic

from tests.vectors.published import load
from wallet.errors import UsageError
from wallet.keys import custody, derivation


def plain(words):
    return unicodedata.normalize("NFKD", words)


def test_entropy_words_and_seeds_are_as_published(record_property):
    every, count = load("bip39/vectors.json"), 0
    for language, cases in every.items():
        book = Mnemonic(language)
        for entropy, words, seed, *_ in cases:
            made = book.to_mnemonic(bytes.fromhex(entropy))
            assert plain(made) == plain(words)
            assert book.to_seed(words, "TREZOR").hex() == seed
            count += 1
    record_property("bip39", {"agrees": count})
    assert count == 288


def test_a_recovery_sheet_has_the_published_words_and_gives_the_seed_back(
    record_property,
):
    counts = Counter()
    for entropy, said, *_ in load("bip39/vectors.json")["english"]:
        seed, words = bytes.fromhex(entropy), said.split()
        assert derivation.to_words(seed) == tuple(words)
        if len(words) == 24:
            assert custody.from_words(words) == seed
            counts["agrees"] += 1
            continue
        with pytest.raises(UsageError, match="24 words"):
            custody.from_words(words)
        counts["shorter sheet refused"] += 1
    record_property("bip39_sheet", dict(counts))
    assert counts == {"agrees": 8, "shorter sheet refused": 16}


@pytest.mark.parametrize("place", range(24))
def test_one_changed_word_is_noticed(place):
    words = list(derivation.to_words(bytes(range(32))))
    others = [w for w in Mnemonic("english").wordlist[:40] if w != words[place]]
    taken = 0
    for word in others:
        try:
            custody.from_words([*words[:place], word, *words[place + 1 :]])
            taken += 1
        except UsageError:
            pass
    assert taken <= 3  # 8 bits of checksum: one in 256 passes by chance
