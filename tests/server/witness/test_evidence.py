"""What a witness keeps of two histories, and what a stranger makes of it."""

import base64
import hashlib
import json
import sqlite3
from contextlib import closing

import pytest

from tests.server.mirror.test_mirror import asked as asked_over_http
from tests.server.witness.test_witness import (
    FORKED,
    LOG,
    NOON,
    ORIGIN,
    note,
    opened,
    request,
)
from tests.support.ledger_servers import Process, run
from wallet.actions.verifying import verify_file
from wallet.errors import TurnedAwayError
from wallet.ledger import fork, merkle
from wallet.ledger.checkpoint import LOG_KIND, parse_note, vkey_for
from wallet.ledger.fetch import Http
from wallet.server.witness.http import WitnessApp
from wallet.verdict import Reason

NAME = hashlib.sha256(ORIGIN.encode()).hexdigest()
VKEY = vkey_for(ORIGIN, LOG_KIND, LOG.public)
POLICY = f"log {VKEY.text}\nquorum none\n"
KEPT = pytest.mark.expects_log("another history was shown; both notes are kept")


@pytest.fixture
def witness(tmp_path):
    """One that has seen three entries."""
    with closing(opened(tmp_path)) as made:
        made.add_checkpoint(request(0, 3), seconds=NOON)
        yield made


def shown(witness, body):
    with pytest.raises(TurnedAwayError) as turned:
        witness.add_checkpoint(body, seconds=NOON + 5)
    return turned.value.status


def files(witness):
    return [witness.fork_file(NAME, one["name"]) for one in witness.forks(NAME)]


@KEPT
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (request(3, 3, FORKED), 422),
        (b"old 0\n\n" + note(3, FORKED), 409),
        (b"old 2\n\n" + note(3, FORKED), 409),
    ],
)
def test_two_notes_of_one_size_are_kept_and_convict(witness, body, status):
    assert shown(witness, body) == status
    (told,) = witness.forks(NAME)
    assert (told["seen"], told["size"]) == (3, 3)
    assert (told["proven"], told["at"]) == (True, NOON + 5)
    (file,) = files(witness)
    found = verify_file(file, policy=POLICY, entry=None)
    assert found.verdict.reason is Reason.LEDGER_FORKED
    assert "signed two different histories" in found.sentence
    read = fork.parse(file)
    kept = parse_note(witness.checkpoint(NAME))
    assert read.trusted.note.raw == kept.raw  # its own cosignature stands below it
    assert read.offered.note.raw == note(3, FORKED)


@KEPT
def test_a_longer_history_convicts_by_the_proof_that_came_with_it(witness):
    assert shown(witness, request(3, 12, FORKED)) == 422
    (file,) = files(witness)
    found = verify_file(file, policy=POLICY, entry=None)
    assert found.verdict.reason is Reason.LEDGER_FORKED
    assert "its first 3 entries are not" in found.sentence


@KEPT
@pytest.mark.parametrize("old", [3, 4])
def test_a_longer_note_that_proves_nothing_is_kept_as_a_doubt(tmp_path, old):
    """Of four entries: a proof from a power of two leaves the old root out."""
    with closing(opened(tmp_path)) as witness:
        witness.add_checkpoint(request(0, old), seconds=NOON)
        body = request(4, 12, FORKED) if old == 4 else junk(3, 12, FORKED)
        assert shown(witness, body) == 422
        (told,) = witness.forks(NAME)
        assert told["proven"] is False
        (file,) = files(witness)
        found = verify_file(file, policy=POLICY, entry=None)
        assert found.verdict.reason is Reason.STATUS_UNPROVED
        assert "both may be true" in found.sentence


def junk(old, size, leaves):
    head = b"old %d\n" % old + base64.b64encode(bytes(32))
    return head + b"\n\n" + note(size, leaves)


@KEPT
def test_a_doubt_that_is_proven_later_takes_its_place(witness):
    shown(witness, junk(3, 12, FORKED))
    shown(witness, request(3, 12, FORKED))
    shown(witness, junk(3, 12, FORKED))
    (told,) = witness.forks(NAME)
    assert told["proven"] is True


@KEPT
def test_each_note_is_kept_once_and_no_more_than_so_many(witness):
    for _ in range(3):
        shown(witness, request(3, 3, FORKED))
    assert len(witness.forks(NAME)) == 1
    for number in range(40):
        root = number.to_bytes(32, "big")
        shown(witness, b"old 3\n\n" + note(3, root=root))
        shown(witness, b"old 3\n\n" + note(7, root=root))
    kinds = [one["proven"] for one in witness.forks(NAME)]
    assert (kinds.count(True), kinds.count(False)) == (16, 16)


def test_what_is_no_other_history_under_the_logs_key_is_not_kept(witness, tmp_path):
    stranger = request(3, 3, FORKED, signer=vkey_signer())
    assert shown(witness, stranger) == 403
    assert shown(witness, request(3, 3, FORKED, origin="other.test/x")) == 404
    assert shown(witness, request(2, 12)) == 409  # from another size, as happens
    assert shown(witness, request(2, 2, FORKED)) == 409  # smaller: it cannot tell
    assert shown(witness, b"old x\n\n" + note(3, FORKED)) == 400
    assert witness.forks(NAME) == []
    assert witness.add_checkpoint(request(3, 12), seconds=NOON)


def vkey_signer():
    from wallet.keys.signing import Signer  # noqa: PLC0415 only here

    return Signer.from_seed(b"s" * 32)


@KEPT
def test_evidence_outlives_a_restart_and_is_shown_to_whoever_asks(witness, tmp_path):
    shown(witness, request(3, 12, FORKED))
    with closing(opened(tmp_path)) as again:
        app = WitnessApp(again, clock=lambda: NOON)
        status, kind, body = asked_over_http(app, "GET", f"/{NAME}/forks")
        assert (status, kind) == (200, b"application/json")
        (told,) = json.loads(body)
        status, kind, file = asked_over_http(
            app, "GET", f"/{NAME}/forks/{told['name']}"
        )
        assert (status, kind) == (200, b"text/plain; charset=utf-8")
        assert fork.parse(file).verify(VKEY)
        for path in (f"/{NAME}/forks/{'0' * 16}", f"/{'0' * 64}/forks", "/x/forks/y"):
            assert asked_over_http(app, "GET", path)[0] == 404
        about = json.loads(asked_over_http(app, "GET", "/witness.json")[2])
        assert about["logs"] == [{"origin": ORIGIN, "prefix": NAME}]


def test_nothing_is_cosigned_where_the_evidence_cannot_be_kept(witness, monkeypatch):
    class Full:
        def keep(self, offered, *, seconds):
            raise sqlite3.OperationalError("database or disk is full")

        def close(self):
            pass

    kept = witness.evidence
    monkeypatch.setattr(witness, "evidence", Full())
    with pytest.raises(sqlite3.OperationalError):
        witness.add_checkpoint(request(3, 3, FORKED), seconds=NOON)
    assert parse_note(witness.checkpoint(NAME)).checkpoint.size == 3
    kept.close()


def test_a_path_proves_the_root_it_starts_from_where_it_can():
    for old, new in ((3, 12), (5, 20), (7, 8), (6, 19)):
        path = merkle.consistency_path(FORKED[:new], old)
        root, first = merkle.root(FORKED[:new]), merkle.root(FORKED[:old])
        given = {"old": old, "new": new, "new_root": root}
        assert merkle.proven_prefix(**given, path=path) == first
        assert merkle.proven_prefix(**given, path=path[:-1]) is None
        assert merkle.proven_prefix(**given, path=[*path, bytes(32)]) is None
        assert merkle.proven_prefix(**{**given, "new_root": bytes(32)}, path=path) is (
            None
        )
    for old, new in ((4, 12), (0, 12), (12, 12), (13, 12)):
        path = merkle.consistency_path(FORKED[:new], old) if 0 < old < new else []
        root = merkle.root(FORKED[:new])
        assert (
            merkle.proven_prefix(old=old, new=new, new_root=root, path=path or [root])
            is None
        )


def test_an_operator_is_told_and_given_the_files(tmp_path):
    words = ("ledger", "witness", "--name", "witness.test", "--log", VKEY.text)
    server = Process("--home", str(tmp_path / "w"), *words, log=tmp_path / "log")
    server.hear()
    url = server.said["url"]
    try:
        code, said = run("ledger", "status", url)
        assert (code, said["logs"], said["forks"]) == (0, [ORIGIN], [])
        with closing(Http("witness")) as http:
            http.post(f"{url}/add-checkpoint", request(0, 3), cap=9_999)
            with pytest.raises(TurnedAwayError):
                http.post(f"{url}/add-checkpoint", request(3, 9, FORKED), cap=9_999)
        target = tmp_path / "both.fork"
        code, said = run("ledger", "status", url, "--evidence", str(target))
        assert (code, said["reason"]) == (1, "ledger_forked")
        (told,) = said["forks"]
        assert (told["origin"], told["seen"], told["size"]) == (ORIGIN, 3, 9)
        policy = tmp_path / "policy"
        policy.write_text(POLICY)
        code, said = run("verify", str(target), "--policy", str(policy))
        assert (code, said["reason"]) == (1, "ledger_forked")
        assert server.lines() == ["another history was shown; both notes are kept"]
    finally:
        server.stop()
