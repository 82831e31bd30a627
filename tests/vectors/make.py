"""Make the vectors of one share, one opening and one withdrawal.

    python -m tests.vectors.make

writes story.json (every intermediate value of PROTOCOL.md 11, in hex) and story.hwp
(the package) beside this file. Sealing draws its own randomness, so the sealed values
differ from run to run; everything else is fixed by the values under "drawn".
"""

import hashlib
import io
import json
import sys
import tempfile
from pathlib import Path

from tests.support.world import NOON, body_for, card_for, clinic
from wallet.cbor import encode
from wallet.grants import manifest as manifests
from wallet.grants import order, receipt, withdrawal
from wallet.grants.grant_file import open_grant_file, pad
from wallet.grants.issue import Draws, Reader, Terms, issue
from wallet.grants.manifest import Part
from wallet.grants.package import content_key
from wallet.grants.receipt import Details, Manner, ReleaseRequest
from wallet.grants.scope import Clause, Scope
from wallet.keys import stream
from wallet.keys.derivation import PatientKeys, expand, receipt_key
from wallet.keys.signing import Signer
from wallet.ledger import merkle, proof, stamp
from wallet.ledger.checkpoint import Checkpoint, cosign, note_text, sign_log
from wallet.ledger.entry import State, StatusChange, build_receipt, build_status
from wallet.practitioners.card import parse_card, six_words

HERE = Path(__file__).parent
ORIGIN = "ledger.example/consent/2027h1"
SEED = bytes(range(32))
DEV, NUMBER, PLACE = 0x1D2E, 3, 0
BITS = 12  # what a stamp is worth here
BEGINS, ENDS = NOON + 600, NOON + 90 * 86_400 + 600
ASKED, RELEASED, LISTED = NOON + 900, NOON + 901, NOON + 960
PARTS = (
    Part.of_bytes("START-HERE.html", b"<!doctype html><p>Hello</p>\n"),
    # Long enough for a second chunk.
    Part.of_bytes("fhir/patient-shared.json", b'{"resourceType":"Bundle"}\n' * 2_600),
)
KEYS_32 = ("salt", "a", "b", "stream-salt", "receipt-salt")
IDS_16 = (
    "id",
    "card-nonce",
    "permission-nonce",
    "entry-nonce",
    "manifest-nonce",
    "order-nonce",
    "details-nonce",
    "receipt-nonce",
    "notice-nonce",
    "status-nonce",
    "list-nonce",
    "delete-nonce",
)


def drawn(label):
    """A value a real wallet draws at random, fixed here."""
    size = 32 if label in KEYS_32 else 16
    return expand(bytes(32), f"vector-{label}", length=size)


def draws():
    return Draws(
        permission_id=drawn("id"),
        salt=drawn("salt"),
        share_a=drawn("a"),
        share_b=drawn("b"),
        stream_salt=drawn("stream-salt"),
        permission_nonce=drawn("permission-nonce"),
        entry_nonce=drawn("entry-nonce"),
        manifest_nonce=drawn("manifest-nonce"),
        order_nonce=drawn("order-nonce"),
    )


class Log:
    """The ledger of the story, and the one witness that saw it grow."""

    def __init__(self):
        self.key = Signer.from_seed(expand(bytes(32), "vector-log"))
        self.witness = Signer.from_seed(expand(bytes(32), "vector-witness"))
        self._leaves = []

    def add(self, entry):
        """Log an entry: its index and a tlog-proof under the newest checkpoint."""
        self._leaves.append(merkle.leaf_hash(entry))
        index = len(self._leaves) - 1
        here = Checkpoint(ORIGIN, index + 1, merkle.root(self._leaves))
        text = note_text(here)
        note = text + b"\n" + sign_log(self.key, ORIGIN, text)
        note += cosign(self.witness, "witness.example", text, NOON + index)
        path = merkle.inclusion_path(self._leaves, index)
        return {"index": index, "tlog_proof": proof.write(index, path, note)}


def stamped(entry):
    """The stamp an entry is submitted with."""
    found = stamp.find(merkle.leaf_hash(entry), BITS)
    return {"stamp_bits": BITS, "stamp": found}


def chunks(package):
    """Size and digest of every chunk behind head and commitment."""
    body = package[73:]
    size = stream.CHUNK + 16
    return [
        [len(one), hashlib.sha256(one).digest()]
        for at in range(0, len(body), size)
        for one in [body[at : at + size]]
    ]


def padded(parts):
    """What lies sealed in a grant file."""
    both = (parts.signed, parts.salt, parts.entry, parts.share_a, parts.share_b)
    return pad(encode(list(both)))


def make_share(reader, card, log):
    keys = PatientKeys(DEV, SEED)
    pair, grant = keys.pair(NUMBER), keys.grant(NUMBER)
    terms = Terms(
        scope=Scope(include=(Clause(classes=("medicine", "test"), since=0),)),
        purpose="TREAT",
        begins=BEGINS,
        ends=ENDS,
        max_age=3_600,
        origin=ORIGIN,
    )
    to = Reader(
        reader_id=reader.reader_id, sealing_key=card.sealing_key, relay=card.relay
    )
    sink, chosen = io.BytesIO(), draws()
    with tempfile.TemporaryDirectory() as scratch:
        made = issue(
            terms=terms,
            reader=to,
            pair=pair,
            grant=grant,
            parts=PARTS,
            made_at=NOON,
            sink=sink,
            scratch=Path(scratch),
            draws=chosen,
        )
    plain = io.BytesIO()
    manifests.lay_out(made.manifest, PARTS, plain)
    package = sink.getvalue()
    name = made.deposit.object_id
    key = content_key(chosen.share_a, chosen.share_b, leaf=made.leaf, object_id=name)
    opened, stick = (
        open_grant_file(file, openers=[reader.opener], reader=reader.reader_id)
        for file in (made.grant_file, made.offline_file)
    )
    values = {
        "lk_seed": keys._derive("ledger", 0, NUMBER),
        "lk_public": grant.ledger.public,
        "ck_seed": keys._derive("control", 0, NUMBER),
        "ck_public": grant.control.public,
        "gs": grant.secret,
        "ps_seed": keys._derive("pair-sign", 0, NUMBER),
        "ps_public": pair.sign.public,
        "pair_seal_seed": keys._derive("pair-seal", 0, NUMBER),
        "pair_seal_public": pair.seal.public,
        "body": made.permission.body(chosen.permission_nonce),
        "c": opened.entry.commitment,
        "g": made.signed,
        "e": made.entry,
        "leaf": made.leaf,
        "object": name,
        "m": made.manifest,
        "t_size": plain.tell(),
        "t_sha256": hashlib.sha256(plain.getvalue()).digest(),
        "k": key,
        "head": package[:41],
        "stream_key": stream._keys(key, package[:41])[0],
        "commit": package[41:73],
        "chunks": chunks(package),
        "p_size": made.deposit.size,
        "p_sha256": made.deposit.digest,
        "sb": made.deposit.sealed_share,
        "root_0": receipt.tree_root(receipt.tree_keys(grant.secret, 0)),
        "file": made.grant_file,
        "file_padded": padded(opened.parts),
        "stick_file": made.offline_file,
        "stick_file_padded": padded(stick.parts),
        "put": made.order,
        **stamped(made.entry),
        **log.add(made.entry),
    }
    return made, package, values


def make_opening(reader, made, grant, log):
    key = receipt_key(grant.secret, PLACE)
    salt = drawn("receipt-salt")
    details = receipt.sign_details(
        reader.signer,
        Details(
            leaf=made.leaf,
            object_id=made.deposit.object_id,
            receipt_key=key.public,
            salt=salt,
            who="Dr. Amara Osei",
            staff=None,
            purpose="TREAT",
            asked_at=ASKED,
            manner=Manner.RELAY,
        ),
        origin=ORIGIN,
        nonce=drawn("details-nonce"),
    )
    sealed = receipt.seal_details(
        details,
        pair_seal=made.permission.pair_seal,
        leaf=made.leaf,
        key=key.public,
    )
    commitment = receipt.commitment(
        salt=salt,
        object_id=made.deposit.object_id,
        leaf=made.leaf,
        sealed_details=sealed,
    )
    entry = build_receipt(
        key, origin=ORIGIN, commitment=commitment, nonce=drawn("receipt-nonce")
    )
    logged = log.add(entry)
    path = receipt.tree_path(receipt.tree_keys(grant.secret, 0), PLACE)
    request = ReleaseRequest(
        leaf=made.leaf,
        object_id=made.deposit.object_id,
        place=PLACE,
        path=path,
        entry=entry,
        proof=logged["tlog_proof"],
        salt=salt,
        sealed_details=sealed,
        manner=Manner.RELAY,
    )
    return {
        "k": PLACE,
        "receipt_seed": expand(grant.secret, "receipt", PLACE.to_bytes(4, "big")),
        "receipt_public": key.public,
        "d": details,
        "d_padded": pad(details),
        "sd": sealed,
        "r": commitment,
        "re": entry,
        **stamped(entry),
        **logged,
        "path": list(path),
        "request": request.encode(),
        "answer": made.deposit.sealed_share,
    }


def make_withdrawal(made, grant, log):
    common = {"origin": ORIGIN, "leaf": made.leaf}
    notice = withdrawal.sign_notice(
        grant.control, **common, nonce=drawn("notice-nonce")
    )
    change = StatusChange(index=0, leaf=made.leaf, state=State.ENDED, seq=1)
    status = build_status(
        grant.control, origin=ORIGIN, change=change, nonce=drawn("status-nonce")
    )
    return {
        "n": notice,
        "stop_file": withdrawal.write_stop_file(notice),
        "w": status,
        **log.add(status),
        "releases": encode([[PLACE, 1, RELEASED]]),
        "list": order.ask_list(
            grant.ledger, **common, asked_at=LISTED, nonce=drawn("list-nonce")
        ),
        "delete": order.delete(grant.ledger, **common, nonce=drawn("delete-nonce")),
    }


def in_hex(value):
    """Bytes as hex, also in maps and lists."""
    if isinstance(value, dict):
        return {name: in_hex(item) for name, item in value.items()}
    if isinstance(value, list):
        return [in_hex(item) for item in value]
    return value.hex() if isinstance(value, bytes) else value


def make(folder):
    """Write both files into *folder*."""
    reader, log = clinic(), Log()
    body = body_for(reader)
    card = parse_card(
        card_for(
            reader,
            body=body,
            origin=ORIGIN,
            relay="https://relay.example",
            nonce=drawn("card-nonce"),
        )
    )
    made, package, share = make_share(reader, card, log)
    grant = PatientKeys(DEV, SEED).grant(NUMBER)
    clinic_seed = b"elm street".ljust(32, b".")
    story = {
        "about": "PROTOCOL.md 11: one share, one open, one withdrawal; bytes in hex",
        "origin": ORIGIN,
        "reader_words": [list(pair) for pair in six_words(reader.reader_id)],
        "drawn": {name: drawn(name) for name in (*KEYS_32, *IDS_16)},
        "parties": {
            "seed": SEED,
            "person": 0,
            "dev": DEV,
            "number": NUMBER,
            "card_seed": expand(clinic_seed, "clinic-sign"),
            "sealing_seed": expand(clinic_seed, "clinic-seal"),
            "reader_id": reader.reader_id,
            "accreditation_body": body.encode(),
            "card": card.raw,
            "log_public": log.key.public,
            "witness_public": log.witness.public,
        },
        "share": share,
        "open": make_opening(reader, made, grant, log),
        "withdraw": make_withdrawal(made, grant, log),
    }
    (folder / "story.hwp").write_bytes(package)
    text = json.dumps(in_hex(story), indent=1, ensure_ascii=False) + "\n"
    (folder / "story.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
