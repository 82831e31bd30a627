"""Each stranger accepts the running ledger, and refuses every one of these lies."""

import base64
import subprocess
import sys
from pathlib import Path

import pytest

from tests.foreign.public import EARLIER, LATER, Ledger, repeated
from tests.foreign.tools import STEPS, command
from tests.support.ledger_servers import receipt
from tests.support.ledger_simulator import greased
from wallet.keys.signing import Signer
from wallet.ledger.checkpoint import (
    LOG_KIND,
    MLDSA_KIND,
    Vkey,
    parse_note,
    vkey_for,
)
from wallet.ledger.entry import leaf_hash
from wallet.ledger.tiles import bundle_path, tile_path

# One entry in the first full tile, one in the second, one in the partial one.
NUMBERS = (40, 300, LATER - 1)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    made = Ledger(tmp_path_factory.mktemp("ledger"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def public(ledger):
    return ledger.public(NUMBERS[0])


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    return tmp_path_factory.mktemp("strangers")


@pytest.fixture
def ask(workshop, tmp_path):
    """Run one stranger over one case; its exit code and the lines it said."""

    def run(name, case):
        words = command(name, workshop)
        subject = tmp_path / "case.json"
        subject.write_text(case.subject(), encoding="utf-8")
        done = subprocess.run(
            [*words, subject], capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode in (0, 1), done.stderr
        return done.returncode, done.stdout.splitlines()

    return run


# --- what is true ------------------------------------------------------------------


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("name", STEPS)
def test_a_stranger_accepts_the_running_server(ask, ledger, name, number):
    code, said = ask(name, ledger.public(number))
    assert said == [f"accepted {step}" for step in STEPS[name]]
    assert code == 0


@pytest.mark.parametrize("name", STEPS)
def test_a_stranger_accepts_the_same_files_from_anybody(ask, public, name):
    with repeated(public) as copy:
        code, said = ask(name, copy)
    assert (code, len(said)) == (0, len(STEPS[name]))


@pytest.mark.parametrize("name", STEPS)
def test_lines_of_nobody_known_trip_no_stranger(ask, public, name):
    head, lines = public.files["checkpoint"].split(b"\n\n")
    noisy = greased(lines.splitlines(keepends=True))
    note = head + b"\n\n" + b"".join(noisy)
    assert len(noisy) > len(lines.splitlines())
    with repeated(public.but(files={"checkpoint": note})) as copy:
        code, said = ask(name, copy)
    assert (code, len(said)) == (0, len(STEPS[name]))


def test_the_notes_strangers_read_carry_lines_under_ml_dsa(public):
    note = parse_note(public.files["checkpoint"])
    found = note.cosignature_times(map(Vkey.parse, public.mldsa))
    assert {vkey.kind for vkey in found} == {MLDSA_KIND}
    assert len(found) >= 2


def test_the_log_is_as_large_as_the_lies_need_it(public):
    assert public.size > LATER
    assert tile_path(1, 0, 2) in public.files
    assert int(public.older.split("\n")[1]) > EARLIER


def test_another_program_writes_our_proof_byte_for_byte(public):
    tool = Path(sys.executable).with_name("tlog-tiles")
    made = subprocess.run(
        [tool, "gen-proof", public.url, str(public.index)],
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert made.stdout.decode() == public.proof


# --- what is not -------------------------------------------------------------------


def flipped(data, place):
    changed = bytearray(data)
    changed[place] ^= 1
    return bytes(changed)


def base64_flipped(text, line, place=0):
    """*text* with one bit of the base64 word that ends *line* changed."""
    lines = text.split("\n")
    before, space, word = lines[line].rpartition(" ")
    changed = flipped(base64.b64decode(word), place)
    lines[line] = before + space + base64.b64encode(changed).decode()
    return "\n".join(lines)


def checkpoint_with(change):
    def lie(_ledger, public):
        text = public.files["checkpoint"].decode()
        return public.but(files={"checkpoint": change(text).encode()})

    return lie


def proof_with(change):
    return lambda _ledger, public: public.but(proof=change(public.proof))


def flipped_file(path, place):
    def lie(_ledger, public):
        name = path(public)
        return public.but(files={name: flipped(public.files[name], place(public))})

    return lie


def larger(text):
    origin, size, rest = text.split("\n", 2)
    return f"{origin}\n{int(size) + 1}\n{rest}"


def other_key(_ledger, public):
    """Same name, other key: its id fits no line of the note."""
    name = public.log.split("+")[0]
    signer = Signer.from_seed(b"o" * 32)
    return public.but(log=vkey_for(name, LOG_KIND, signer.public).text)


def one_witness(ledger, public):
    note = ledger.sign(ledger.newest.checkpoint, witnesses=1)
    return public.but(files={"checkpoint": note.encode()})


def signed_root_without_tiles(ledger, public):
    """The log and all witnesses sign a root that no tile supports."""
    note = ledger.sign(ledger.another(ledger.newest.checkpoint))
    return public.but(files={"checkpoint": note.encode()})


def signed_fork(ledger, public):
    """The log and all witnesses signed another history earlier."""
    return public.but(older=ledger.sign(ledger.another(ledger.older.checkpoint)))


def older_flipped(_ledger, public):
    return public.but(older=base64_flipped(public.older, 2))


def proof_under_a_forged_root(ledger, public):
    """The path is true, the signed root is not."""
    head = public.proof.split("\n\n", 1)[0]
    note = ledger.sign(ledger.another(ledger.newest.checkpoint))
    return public.but(proof=f"{head}\n\n{note}")


def somebody_elses_entry(_ledger, public):
    return public.but(entry=receipt(NUMBERS[0] + 1))


def altered_entry(_ledger, public):
    changed, name = flipped(public.entry, 100), bundle_path(0)
    bundle = public.files[name].replace(public.entry, changed)
    return public.but(files={name: bundle})


def altered_entry_and_its_tile(ledger, public):
    changed, name = flipped(public.entry, 100), tile_path(0, 0)
    old, new = leaf_hash(public.entry), leaf_hash(changed)
    tile = public.files[name].replace(old, new)
    return altered_entry(ledger, public).but(files={name: tile})


def partial_tile(public):
    return tile_path(0, public.size // 256, public.size % 256)


PATH_LINE, ROOT_LINE = 2, 2
# Below a note: log, log under ML-DSA, first witness, the same under ML-DSA, ...
LOG_LINE, LOG_MLDSA_LINE, WITNESS_LINE, WITNESS_MLDSA_LINE, NEXT_LINE = range(4, 9)
EVERYBODY = {"sumdb", "scales", "sigstore"}
TILE_READERS = EVERYBODY - {"sigstore"}
# What is lied about: the lie, the steps that may refuse it, who can see it.
LIES = {
    "a checkpoint with another root": (
        checkpoint_with(lambda text: base64_flipped(text, ROOT_LINE)),
        {"checkpoint"},
        EVERYBODY,
    ),
    "a checkpoint of another size": (
        checkpoint_with(larger),
        {"checkpoint"},
        EVERYBODY,
    ),
    "a checkpoint of another origin": (
        checkpoint_with(lambda text: "x" + text),
        {"checkpoint"},
        EVERYBODY,
    ),
    "a signature of the log with one bit changed": (
        checkpoint_with(lambda text: base64_flipped(text, LOG_LINE, 40)),
        {"checkpoint"},
        EVERYBODY,
    ),
    "the same checkpoint under another key": (other_key, {"checkpoint"}, EVERYBODY),
    "a cosignature at another time": (
        checkpoint_with(
            lambda text: base64_flipped(
                base64_flipped(text, WITNESS_LINE, 11), NEXT_LINE, 11
            )
        ),
        {"checkpoint"},
        TILE_READERS,
    ),
    "lines under ML-DSA with one bit changed": (
        checkpoint_with(
            lambda text: base64_flipped(
                base64_flipped(text, WITNESS_MLDSA_LINE, 2_000), LOG_MLDSA_LINE, 2_000
            )
        ),
        {"checkpoint"},
        {"scales"},
    ),
    "a checkpoint that one witness saw": (one_witness, {"checkpoint"}, TILE_READERS),
    "a signed root that no tile supports": (
        signed_root_without_tiles,
        {"tiles"},
        TILE_READERS,
    ),
    "a full tile with one bit changed": (
        flipped_file(lambda _: tile_path(0, 0), lambda p: 32 * (p.index ^ 1)),
        {"inclusion"},
        TILE_READERS,
    ),
    "a partial tile with one bit changed": (
        flipped_file(partial_tile, lambda _: 0),
        {"tiles"},
        TILE_READERS,
    ),
    "a tile of tiles with one bit changed": (
        flipped_file(lambda _: tile_path(1, 0, 2), lambda _: 0),
        {"tiles"},
        TILE_READERS,
    ),
    "an entry with one bit changed": (altered_entry, {"entries"}, TILE_READERS),
    "an altered entry and a tile that fits it": (
        altered_entry_and_its_tile,
        {"entries"},
        TILE_READERS,
    ),
    "somebody else's entry at that place": (
        somebody_elses_entry,
        {"entries", "inclusion", "proof"},
        EVERYBODY,
    ),
    "another history signed earlier": (signed_fork, {"consistency"}, TILE_READERS),
    "an older checkpoint with another root": (
        older_flipped,
        {"consistency"},
        TILE_READERS,
    ),
    "a proof with one bit of its path changed": (
        proof_with(lambda text: base64_flipped(text, PATH_LINE)),
        {"proof"},
        EVERYBODY,
    ),
    "a proof of another place": (
        proof_with(lambda text: text.replace("index ", "index 1", 1)),
        {"proof"},
        EVERYBODY,
    ),
    "a proof one step short": (
        proof_with(lambda text: "\n".join(text.split("\n")[:2] + text.split("\n")[3:])),
        {"proof"},
        EVERYBODY,
    ),
    "a proof under a forged root": (
        proof_under_a_forged_root,
        {"proof"},
        EVERYBODY,
    ),
}


@pytest.mark.parametrize(
    ("name", "lie"),
    [(name, lie) for lie, (_, _, seers) in LIES.items() for name in sorted(seers)],
)
def test_a_stranger_refuses(ask, ledger, public, name, lie):
    tell, steps, _ = LIES[lie]
    false = tell(ledger, public)
    assert false != public
    with repeated(false) as copy:
        code, said = ask(name, copy)
    assert code == 1
    word, step = said[-1].split(":")[0].split(" ")
    assert word == "refused", said
    assert step in steps, said
