"""BIP-39: the words on the recovery sheet are the published ones."""

import unicodedata

import pytest
from mnemonic import Mnemonic

from tests.vectors.published import load


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
    record_property("bip39", count)
    assert count == 288


def test_the_english_words_give_the_entropy_back():
    book = Mnemonic("english")
    for entropy, words, *_ in load("bip39/vectors.json")["english"]:
        assert bytes(book.to_entropy(words)).hex() == entropy


@pytest.mark.parametrize("place", range(24))
def test_one_changed_word_is_noticed(place):
    book = Mnemonic("english")
    words = book.to_mnemonic(bytes(range(32))).split()
    others = [w for w in book.wordlist[:40] if w != words[place]]
    taken = sum(
        book.check(" ".join([*words[:place], word, *words[place + 1 :]]))
        for word in others
    )
    assert taken <= 3  # 8 bits of checksum: one in 256 passes by chance
