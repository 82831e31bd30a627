"""A real ledger and three real witnesses, started as anybody starts them."""

import shutil
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from tests.support.ledger_servers import LedgerWorld, Process, receipt, run
from wallet.errors import TurnedAwayError, UnreachableError, WalletError
from wallet.keys import keyfile
from wallet.keys.signing import Signer
from wallet.ledger import merkle
from wallet.ledger.bundle import parse_bundle, verify_bundle
from wallet.ledger.checkpoint import Checkpoint, note_text, parse_note, sign_log
from wallet.ledger.entry import (
    State,
    StatusChange,
    build_grant,
    build_status,
    leaf_hash,
    parse_entry,
)
from wallet.ledger.fetch import Http
from wallet.ledger.ledger_client import LedgerClient
from wallet.ledger.status import StatusLog
from wallet.statement import Name

ORIGIN = "ledger.test/demo"


@pytest.fixture
def world(tmp_path):
    made = LedgerWorld(tmp_path)
    yield made
    made.close()


def test_fifty_entries_reach_a_quorum_and_every_proof_verifies(world):
    placed = {world.submit(receipt(n)): receipt(n) for n in range(50)}
    assert len(placed) == 50
    note = world.published(max(placed))
    here = note.checkpoint
    tree = world.tree(here.size)
    assert tree.root(here.size) == here.root
    entries = world.entries(here.size)
    for index, entry in placed.items():
        assert entries[index] == entry
        merkle.verify_inclusion(
            leaf=leaf_hash(entry),
            index=index,
            size=here.size,
            path=tree.inclusion(index, here.size),
            root=here.root,
        )
    again, index = next(iter(placed.values())), next(iter(placed))
    assert world.client.submit(again) == index


def test_many_who_send_the_same_entry_at_once_get_one_index(world):
    def send(number):
        client = LedgerClient(world.server.said["url"])
        with closing(client):
            return number, client.submit(receipt(number))

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(send, [n % 7 for n in range(70)]))
    placed = dict(answers)
    assert set(answers) == set(placed.items())
    assert len(set(placed.values())) == 7
    entries = world.entries(world.published(max(placed.values())).checkpoint.size)
    assert len(set(entries)) == len(entries)


def test_the_newest_status_root_covers_everything_before_it_and_is_right(world):
    control = Signer.from_seed(b"c" * 32)
    grant = build_grant(
        Signer.from_seed(b"g" * 32),
        origin=ORIGIN,
        commitment=bytes(32),
        control_public=control.public,
    )
    index = world.submit(grant)
    change = StatusChange(index=index, leaf=leaf_hash(grant), state=State.ENDED, seq=1)
    ended = world.submit(build_status(control, origin=ORIGIN, change=change))
    size = world.published(ended).checkpoint.size
    *entries, last = world.entries(size)
    root = parse_entry(last, origin=ORIGIN)
    log = StatusLog()
    for number, entry in enumerate(entries):
        log.apply(number, entry, ORIGIN)
    assert log.state(index) is State.ENDED
    assert root.name is Name.STATUS_ROOT
    assert root.statement.count(4) == size - 1
    assert root.statement.key(5) == log.root()
    assert root.statement.key(6).hex() == world.client.log_json()["operator"]
    # A second end of it is answered with the first.
    second = StatusChange(index=index, leaf=leaf_hash(grant), state=State.ENDED, seq=2)
    again = build_status(control, origin=ORIGIN, change=second)
    assert world.client.submit(again) == ended


def test_one_witness_gone_still_publishes_and_two_gone_do_not(world):
    world.published(world.submit(receipt(0)))
    world.witnesses[0].kill()
    world.published(world.submit(receipt(1)))
    world.witnesses[1].kill()
    before = world.note()
    assert world.submit(receipt(2)) >= before.checkpoint.size
    time.sleep(1.0)
    assert world.note().checkpoint == before.checkpoint
    words = world.witnesses[1].words
    port = world.witnesses[1].said["url"].rpartition(":")[2]
    world.witnesses[1] = Process(*words, "--port", port)
    world.witnesses[1].hear()
    world.published(before.checkpoint.size)


def test_five_kills_lose_nothing_that_was_acknowledged(world):
    kept, number = {}, 0
    for _ in range(5):
        stop = threading.Event()

        def feed(client, stop, start):
            here = start
            while not stop.is_set():
                try:
                    kept[client.submit(receipt(here))] = here
                except WalletError:
                    return
                here += 1

        kept[world.submit(receipt(number))] = number
        runs = [
            threading.Thread(
                target=feed, args=(world.client, stop, number + 10_000 * (k + 1))
            )
            for k in range(3)
        ]
        for one in runs:
            one.start()
        time.sleep(0.4)
        world.server.kill()
        stop.set()
        for one in runs:
            one.join()
        number += 1_000
        world.restart()
    size = world.published(max(kept)).checkpoint.size
    entries = world.entries(size)
    assert len(kept) > 20
    assert all(entries[index] == receipt(number) for index, number in kept.items())
    assert len(set(entries)) == size


def test_a_server_set_back_signs_nothing_more(world, tmp_path):
    world.published(world.submit(receipt(0)))
    assert world.server.stop() == 0
    shutil.copytree(world.home, tmp_path / "earlier")
    world.restart()
    before = world.published(world.submit(receipt(1))).checkpoint
    world.server.stop()
    shutil.rmtree(world.home)
    (tmp_path / "earlier").rename(world.home)
    world.restart()
    with pytest.raises(UnreachableError, match="too few witnesses"):
        world.client.submit(receipt(2))
    assert world.note().checkpoint.size < before.size


def test_a_witness_refuses_a_fork_even_under_the_logs_own_key(world):
    seen = world.published(world.submit(receipt(0))).checkpoint
    key = Signer.from_seed(keyfile.load(world.home / "log.key", passphrase=None))
    world.server.kill()
    text = note_text(Checkpoint(ORIGIN, seen.size, bytes(32)))
    fork = text + b"\n" + sign_log(key, ORIGIN, text)
    http = Http("witness")
    url = world.witnesses[0].said["url"]
    with pytest.raises(TurnedAwayError) as turned:
        http.post(f"{url}/add-checkpoint", b"old %d\n\n" % seen.size + fork, cap=999)
    assert turned.value.status == 422
    with pytest.raises(TurnedAwayError) as turned:
        http.post(f"{url}/add-checkpoint", b"old 0\n\n" + fork, cap=999)
    assert (turned.value.status, turned.value.detail) == (409, str(seen.size))
    http.close()


def test_an_altered_entry_is_named_and_so_is_a_ledger_that_is_gone(world, tmp_path):
    index = world.submit(receipt(0))
    world.published(index)
    home = tmp_path / "auditor"
    (home / "trust").mkdir(parents=True)
    (home / "trust/ledger.policy").write_text(world.server.said["policy"])
    (home / "trust/ledger.url").write_text(world.server.said["url"])
    words = ("--home", str(home), "ledger", "verify")
    assert run(*words)[0] == 0
    code, said = run(*words)
    assert (code, said["findings"]) == (0, [])
    assert said["ledgers"][0]["size"] > index
    database = sqlite3.connect(world.home / "ledger.db")
    (bundle,) = database.execute("SELECT data FROM bundle").fetchone()
    altered = bundle.replace(receipt(0), receipt(9))
    database.execute("UPDATE bundle SET data=?", (altered,))
    database.commit()
    database.close()
    code, said = run(*words)
    assert (code, said["ok"]) == (1, False)
    assert [(one["kind"], one["index"]) for one in said["findings"]] == [
        ("altered", index)
    ]
    world.server.stop()
    assert run(*words)[0] == 3


def test_one_home_is_served_once_and_what_it_says_of_itself_verifies(world):
    code, said = run(*world.serve_words())
    assert (code, said["ok"]) == (4, False)
    world.published(0)
    code, said = run("ledger", "status", world.server.said["url"])
    assert (code, said["origin"]) == (0, ORIGIN)
    assert said["quorum_time"].endswith("Z")
    assert said["vkey"] == world.vkey


@pytest.mark.parametrize(
    "words",
    [
        ["ledger", "serve"],
        ["--home", "HOME", "ledger", "serve", "--policy", "no-such-file"],
        ["--home", "HOME", "ledger", "serve", "--host", "192.0.2.1"],
        ["--home", "HOME", "ledger", "serve", "--origin", "a b"],
        ["--home", "HOME", "ledger", "serve", "--witness", "x"],
        ["--home", "HOME", "ledger", "key", "--witness", "a+b"],
    ],
)
def test_words_that_do_not_fit_are_usage(tmp_path, words):
    code, said = run(*[str(tmp_path) if word == "HOME" else word for word in words])
    assert (code, said["reason"]) == (2, "usage")


def test_places_that_do_not_exist_are_404(world):
    http = Http("ledger")
    url = world.server.said["url"]
    world.published(0)
    for path in ("", "tile/0/001", "tile/64/000", "tile/entries/000.p/0", "x"):
        with pytest.raises(TurnedAwayError) as turned:
            http.get(f"{url}/{path}", cap=99)
        assert turned.value.status == 404
    assert parse_note(http.get(f"{url}/checkpoint", cap=9_999))
    http.close()


def test_states_of_a_running_ledger_are_handed_on_as_bundle_and_status_list(
    world, tmp_path
):
    index = world.submit(receipt(0))
    world.published(index)
    url = world.server.said["url"]
    out = tmp_path / "entry.hwbundle"
    code, _ = run("ledger", "bundle", url, str(index), "--out", str(out))
    assert code == 0
    told = verify_bundle(parse_bundle(out.read_bytes()), policy=world.policy)
    assert (told.entry, told.told, told.mirrored) == (
        receipt(0),
        State.STANDS,
        False,
    )
    assert run("ledger", "bundle", url, "999999", "--out", str(out))[0] != 0
    token = tmp_path / "list"
    words = ("ledger", "status-list", url, "--uri", "https://x.test/1")
    for form in ("jwt", "cwt"):
        where = ("--form", form, "--out", str(token))
        code, said = run("--home", str(world.home), *words, *where)
        assert (code, said["origin"]) == (0, ORIGIN)
        assert said["covered"] > index
        assert b"statuslist" in token.read_bytes() or form == "jwt"
    other = tmp_path / "other"
    run("--home", str(other), "ledger", "key", "--origin", "other.test/x")
    for home in (other, tmp_path):
        code, said = run("--home", str(home), *words, "--out", str(token))
        assert (code, said["reason"]) == (2, "usage")
