"""Notes, cosignatures and proofs that others published, re-typed; all read by ours.

golang/mod sumdb/note/note_test.go; C2SP tlog-cosignature.md; FiloSottile/torchwood
cmd/litewitness/testdata; transparency-dev/formats note and proof tests.
"""

import base64
import hashlib

import pytest

from wallet.errors import RefusedError
from wallet.keys.signing import verify
from wallet.ledger import proof
from wallet.ledger.checkpoint import (
    COSIGNATURE_KIND,
    LOG_KIND,
    Vkey,
    parse_note,
    vkey_for,
)
from wallet.verdict import Reason

DASH = "\N{EM DASH}"
# text, kind
KEYS = [
    ("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", LOG_KIND),
    ("TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6", LOG_KIND),
    ("EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop", LOG_KIND),
    (
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        LOG_KIND,
    ),
    (
        "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",
        COSIGNATURE_KIND,
    ),
]
NO_KEYS = [
    "bananas.sigstore.dev+12344556",
    "rekor.sigstore.dev+12345678+THIS_IS_NOT_BASE64!",
    "rekor.sigstore.dev+12345678+AwEB",
    "TEST+NOT_A_NUMBER+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6",
    # the length of no key, and a kind of key nobody knows, each under its own id
    "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
    "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "TEST+00000000+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6",
]
NEUMANN = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
NEUMANN_SIGNED = (
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6"
    "RyyBwJnAM="
)
# key, text, key id and signature: sumdb's other signer, and signed-note.md's example
SIGNED = [
    (
        KEYS[2][0],
        NEUMANN,
        (
            "rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox"
            "33WWd1RvMc+QQ="
        ),
    ),
    (
        KEYS[3][0],
        "This is an example message.\n",
        (
            "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHj"
            "G1Yu72IneyaQM="
        ),
    ),
]
SIGSUM = "985ea163f5af026723561354f51f2ebcdcf2af809ce254ccfb64aa9aadd80f90"
SIGSUM_KEY = "52c05edad1bf5feffa81354faae59a655d9a9a1a793ed2f62c39c26c0be2aecd"
SIGSUM_SIGNED = (
    "7BKT0gOfNZ1J0So9unY3BZtm2YkPIoNYM/dce0Z2avJDs8dxN6ts9bOSwwrVrbjm6P9K3ZxpK6jJngOG6Y"
    "vGGzV/lwo="
)
SOFA = f"""example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

{DASH} example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe\
4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
{DASH} witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZC\
B9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
"""
HASHES = [hashlib.sha256(word).digest() for word in (b"hash1", b"hash2")]
ENCODED = [base64.b64encode(one).decode() for one in HASHES]
EXTRA = "ZXh0cmEgaW5mb3JtYXRpb24="
MAGIC = "c2sp.org/tlog-proof@v1\n"
# index, path, checkpoint, extra, text
WRITTEN = [
    (
        5,
        HASHES,
        "test checkpoint\n",
        None,
        f"{MAGIC}index 5\n{ENCODED[0]}\n{ENCODED[1]}\n\ntest checkpoint\n",
    ),
    (
        10,
        HASHES[:1],
        "checkpoint data\n",
        b"extra information",
        f"{MAGIC}extra {EXTRA}\nindex 10\n{ENCODED[0]}\n\ncheckpoint data\n",
    ),
    (0, [], "checkpoint\n", None, f"{MAGIC}index 0\n\ncheckpoint\n"),
]
NO_PROOFS = [
    "wrong-header\nindex 0\n\n",
    f"{MAGIC}extra !!notbase64!!\nindex 0\n\n",
    f"{MAGIC}\n\n",
    f"{MAGIC}index notanumber\n\n",
    f"{MAGIC}index -5\n\n",
    f"{MAGIC}index 0\n!!notbase64!!\n\n",
    f"{MAGIC}index 0\n{base64.b64encode(bytes(64)).decode()}\n\n",
    f"{MAGIC}index 0\n{'a' * 65 * 1_024}\n",
]


def test_published_verifier_keys_are_read_and_written_again(record_property):
    for text, kind in KEYS:
        key = Vkey.parse(text)
        assert (key.kind, key.text) == (kind, text)
        assert vkey_for(key.name, kind, key.public) == key
    record_property("vkeys", {"read": len(KEYS), "refused": len(NO_KEYS)})


@pytest.mark.parametrize("text", NO_KEYS)
def test_what_others_refuse_as_a_verifier_key_is_refused(text):
    with pytest.raises(RefusedError):
        Vkey.parse(text)


def test_the_signature_of_gos_own_test_verifies():
    key = Vkey.parse(KEYS[0][0])
    data = base64.b64decode(NEUMANN_SIGNED)
    assert data[:4] == key.key_id
    verify(public=key.public, message=NEUMANN.encode(), signature=data[4:])
    with pytest.raises(RefusedError):
        verify(public=key.public, message=NEUMANN.encode()[:-1], signature=data[4:])


@pytest.mark.parametrize(("key", "text", "signed"), SIGNED)
def test_signatures_that_others_published_verify(key, text, signed):
    read, data = Vkey.parse(key), base64.b64decode(signed)
    assert data[:4] == read.key_id
    verify(public=read.public, message=text.encode(), signature=data[4:])


def test_no_mangled_verifier_key_is_taken_as_sumdb_tries_them():
    text = KEYS[0][0]
    mangled = {
        text[start:end]
        for start in range(len(text) + 1)
        for end in range(start + 1, len(text) + 1)
    } - {text}
    for place, letter in enumerate(text):
        mangled.add(text[:place] + chr(ord(letter) + 1) + text[place + 1 :])
    for one in mangled:
        with pytest.raises(RefusedError):
            Vkey.parse(one)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.partition("\n\n")[0] + "\n",
        lambda text: text.partition("\n\n")[0] + "\n\n",
        lambda text: text[:-1],
        lambda text: "\x01" + text,
        lambda text: text.replace(f"{DASH} example.com", f"{DASH} Bad Name", 1),
        lambda text: text + "Unexpected line.\n",
        lambda text: text[:-20] + "ABC" + text[-20:],
    ],
)
def test_what_sumdb_calls_a_malformed_note_is_one(change):
    with pytest.raises(RefusedError) as refused:
        parse_note(change(SOFA).encode())
    assert refused.value.reason is Reason.MALFORMED
    with pytest.raises(RefusedError):
        parse_note(b"\xff" + SOFA.encode())


def test_a_checkpoint_of_sigsum_verifies_under_its_key():
    origin = f"sigsum.org/v1/tree/{SIGSUM}"
    root = "KgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    text = f"{origin}\n1\n{root}\n\n{DASH} {origin} {SIGSUM_SIGNED}\n"
    key = vkey_for(origin, LOG_KIND, bytes.fromhex(SIGSUM_KEY))
    parse_note(text.encode()).verify_log(key)
    with pytest.raises(RefusedError) as refused:
        parse_note(text.replace("\n1\n", "\n2\n").encode()).verify_log(key)
    assert refused.value.reason is Reason.SIGNATURE_WRONG


def test_the_specifications_own_checkpoint_is_read():
    note = parse_note(SOFA.encode())
    assert note.checkpoint.size == 20_852_163
    log, witness = note.lines
    assert (log.name, len(log.signature)) == (note.checkpoint.origin, 64)
    assert (witness.name, len(witness.signature)) == ("witness.example.com/w1", 72)
    assert int.from_bytes(witness.signature[:8], "big") == 1_679_315_147


@pytest.mark.parametrize(("index", "path", "note", "extra", "text"), WRITTEN)
def test_proofs_are_written_as_published(index, path, note, extra, text):
    assert proof.write(index, path, note.encode(), extra).decode() == text


@pytest.mark.parametrize("head", NO_PROOFS)
def test_what_others_refuse_as_a_proof_is_refused(head):
    with pytest.raises(RefusedError) as refused:
        proof.parse(head.encode() + SOFA.encode())
    assert not refused.value.place.startswith("note"), "refused for its note only"


def test_published_proofs_over_a_real_checkpoint_are_read_again(record_property):
    for index, path, _, extra, _ in WRITTEN:
        read = proof.parse(proof.write(index, path, SOFA.encode(), extra))
        assert (read.index, list(read.path), read.extra) == (index, path, extra)
    notes = {"read": 3}
    record_property("notes", notes)
    record_property("proofs", {"written": len(WRITTEN), "refused": len(NO_PROOFS)})
