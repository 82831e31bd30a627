"""What the operator of a ledger could do to its database, and how far it may go.

`files` changes only what is served; `rebuilt` also makes every tile and index anew;
`signed` also signs the new history with the ledger's own key. Witnesses never help,
but to `publish_wrong_root`: of states they know nothing.
"""

import shutil
import sqlite3
from contextlib import closing

from tests.ledger.entries import grant
from wallet.errors import RefusedError
from wallet.keys import keyfile
from wallet.keys.signing import Signer
from wallet.ledger.checkpoint import Checkpoint, note_text, parse_note, sign_log
from wallet.ledger.entry import build_status_root, parse_entry
from wallet.ledger.tiles import decode_bundle, encode_bundle
from wallet.server.log.cosigners import Cosigner
from wallet.server.log.last_note_sqlite import SqliteLastNote
from wallet.server.log.sign_lock import SignLock
from wallet.server.log.storage import Admitted
from wallet.server.log.storage_sqlite import SqliteStorage

NAMED = {"edit": "altered", "delete": "missing", "add": "added"}
FAR = ("files", "rebuilt", "signed")


def copy_home(ledger, target):
    """A ledger's home as it stands, taken while it runs; what it signed stays back."""
    target.mkdir()
    for name in ("log.key", "operator.key", "ledger.origin"):
        shutil.copy(ledger / name, target)
    with (
        closing(sqlite3.connect(ledger / "ledger.db")) as source,
        closing(sqlite3.connect(target / "ledger.db")) as copy,
    ):
        source.backup(copy)
    return target


def tamper(home, *, how, index, far):
    """Edit, delete or add one entry; answers the note that is served afterwards."""
    path = home / "ledger.db"
    with closing(sqlite3.connect(path)) as db:
        rows = db.execute("SELECT data FROM bundle ORDER BY n").fetchall()
        (old,) = db.execute("SELECT note FROM head").fetchone()
        entries = [entry for (data,) in rows for entry in decode_bundle(data)]
        del entries[parse_note(old).checkpoint.size :]
        _change(entries, how, index)
        if far == "files":
            db.execute("UPDATE bundle SET data=? WHERE n=0", (encode_bundle(entries),))
            db.commit()
            return old
    for left in home.glob("ledger.db*"):
        left.unlink()
    origin = (home / "ledger.origin").read_text().strip()
    with closing(SqliteStorage(path)) as storage:
        storage.append([_admitted(entry, origin) for entry in entries])
        note = _signed(home, origin, storage) if far == "signed" else old
        storage.publish(note)
    return note


def _change(entries, how, index):
    assert len(entries) <= 256  # one bundle is enough for a lie
    if how == "edit":
        entries[index] = entries[index][:-1] + bytes([entries[index][-1] ^ 1])
    elif how == "delete":
        del entries[index]
    else:
        entries.insert(index, grant(4_711))


def _admitted(entry, origin):
    try:
        read = parse_entry(entry, origin=origin)
    except RefusedError:
        return Admitted(data=entry)
    if read.name != "status":
        return Admitted(data=entry)
    return Admitted(data=entry, target=read.change.index, state=read.change.state)


def _signed(home, origin, storage):
    signer = Signer.from_seed(keyfile.load(home / "log.key", passphrase=None))
    text = note_text(Checkpoint(origin, storage.size, storage.tree.root(storage.size)))
    return text + b"\n" + sign_log(signer, origin, text)


def publish_wrong_root(home, policy):
    """Log a root over states that are not so, sign it, and have it witnessed."""
    origin = (home / "ledger.origin").read_text().strip()
    keys = {
        name: Signer.from_seed(keyfile.load(home / f"{name}.key", passphrase=None))
        for name in ("log", "operator")
    }
    lock = SignLock(SqliteLastNote(home / "signed.db"), keys["log"])
    with closing(lock), closing(SqliteStorage(home / "ledger.db")) as storage:
        index = storage.append_at(
            lambda covered: build_status_root(
                keys["operator"],
                origin=origin,
                covered=covered,
                root=bytes(32),
                epoch=covered,
            )
        )
        size = storage.integrate()
        here = Checkpoint(origin, size, storage.tree.root(size))
        note = lock.sign(here, storage.tree)
        for party in policy.witnesses.values():
            if party not in policy.mirrors:
                with closing(Cosigner(party.url, party.vkey)) as witness:
                    note += witness.cosign(note, storage.tree)
        storage.publish(note)
    return index
