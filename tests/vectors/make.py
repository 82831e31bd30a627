"""Make the vectors of one share, one opening and one withdrawal.

    python -m tests.vectors.make

writes story.json (every intermediate value of PROTOCOL.md 11, in hex) and story.hwp
(the package) beside this file. Sealing draws its own randomness, so the sealed values
differ from run to run; everything else is fixed by the values under "drawn".
"""

import base64
import io
import json
import sys
import tempfile
from pathlib import Path

from tests.support.world import NOON, body_for, card_for, clinic
from wallet.grants import manifest as manifests
from wallet.grants import order, receipt, withdrawal
from wallet.grants.grant_file import open_grant_file
from wallet.grants.issue import Draws, Reader, Terms, issue
from wallet.grants.manifest import Part
from wallet.grants.package import content_key
from wallet.grants.receipt import Details, Manner, ReleaseRequest
from wallet.grants.scope import Clause, Scope
from wallet.keys.derivation import PatientKeys, expand, receipt_key
from wallet.keys.signing import Signer
from wallet.ledger import merkle
from wallet.ledger.entry import State, StatusChange, build_receipt, build_status
from wallet.practitioners.card import parse_card, six_words

HERE = Path(__file__).parent
ORIGIN = "ledger.example/consent/2027h1"
SEED = bytes(range(32))
DEV, NUMBER, PLACE = 0x1D2E, 3, 0
PARTS = (
    Part.of_bytes("START-HERE.html", b"<!doctype html><p>Hello</p>\n"),
    Part.of_bytes("fhir/patient-shared.json", b'{"resourceType":"Bundle"}\n'),
)


def drawn(label, size=32):
    """A value a real wallet draws at random, fixed here."""
    return expand(bytes(32), f"vector-{label}", length=size)


def draws():
    return Draws(
        permission_id=drawn("id", 16),
        salt=drawn("salt"),
        share_a=drawn("a"),
        share_b=drawn("b"),
        stream_salt=drawn("stream-salt"),
        permission_nonce=drawn("permission-nonce", 16),
        entry_nonce=drawn("entry-nonce", 16),
        manifest_nonce=drawn("manifest-nonce", 16),
        order_nonce=drawn("order-nonce", 16),
    )


def note(log, size, root):
    """A checkpoint as a signed note (C2SP signed-note, tlog-checkpoint)."""
    text = f"{ORIGIN}\n{size}\n{base64.b64encode(root).decode()}\n"
    kind = b"\x01" + log.public
    key_id = merkle.hashlib.sha256(ORIGIN.encode() + b"\n" + kind).digest()[:4]
    line = base64.b64encode(key_id + log.sign(text.encode())).decode()
    return f"{text}\n\N{EM DASH} {ORIGIN} {line}\n".encode()


def make_share(reader, card):
    keys = PatientKeys(DEV, SEED)
    pair, grant = keys.pair(NUMBER), keys.grant(NUMBER)
    terms = Terms(
        scope=Scope(include=(Clause(classes=("medicine", "test"), since=0),)),
        purpose="TREAT",
        begins=NOON,
        ends=NOON + 90 * 86_400,
        max_age=3_600,
        origin=ORIGIN,
    )
    sink, chosen = io.BytesIO(), draws()
    with tempfile.TemporaryDirectory() as scratch:
        made = issue(
            terms=terms,
            reader=Reader(
                reader_id=reader.reader_id,
                sealing_key=card.sealing_key,
                relay=card.relay,
            ),
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
    opened = open_grant_file(
        made.grant_file, openers=[reader.opener], reader=reader.reader_id
    )
    values = {
        "ledger_public": grant.ledger.public,
        "control_public": grant.control.public,
        "grant_secret": grant.secret,
        "pair_sign_public": pair.sign.public,
        "pair_seal_public": pair.seal.public,
        "body": made.permission.body(chosen.permission_nonce),
        "c": opened.entry.commitment,
        "g": made.signed,
        "e": made.entry,
        "leaf": made.leaf,
        "object": name,
        "m": made.manifest,
        "t_size": plain.tell(),
        "t_sha256": merkle.hashlib.sha256(plain.getvalue()).digest(),
        "k": content_key(
            chosen.share_a, chosen.share_b, leaf=made.leaf, object_id=name
        ),
        "head": package[:41],
        "commitment": package[41:73],
        "p_size": made.deposit.size,
        "p_sha256": made.deposit.digest,
        "sb": made.deposit.sealed_share,
        "root_0": receipt.tree_root(receipt.tree_keys(grant.secret, 0)),
        "file": made.grant_file,
        "file_with_both_shares": made.offline_file,
        "put_order": made.order,
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
            asked_at=NOON + 60,
            manner=Manner.RELAY,
        ),
        origin=ORIGIN,
        nonce=drawn("details-nonce", 16),
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
        key, origin=ORIGIN, commitment=commitment, nonce=drawn("receipt-nonce", 16)
    )
    leaves = [merkle.leaf_hash(made.entry), merkle.leaf_hash(entry)]
    path = "\n".join(
        base64.b64encode(step).decode() for step in merkle.inclusion_path(leaves, 1)
    )
    checkpoint = note(log, 2, merkle.root(leaves)).decode()
    proof = f"c2sp.org/tlog-proof@v1\nindex 1\n{path}\n\n{checkpoint}".encode()
    tree = receipt.tree_keys(grant.secret, 0)
    request = ReleaseRequest(
        leaf=made.leaf,
        object_id=made.deposit.object_id,
        place=PLACE,
        path=receipt.tree_path(tree, PLACE),
        entry=entry,
        proof=proof,
        salt=salt,
        sealed_details=sealed,
        manner=Manner.RELAY,
    )
    return {
        "place": PLACE,
        "receipt_public": key.public,
        "d": details,
        "sd": sealed,
        "r": commitment,
        "re": entry,
        "tlog_proof": proof,
        "request": request.encode(),
    }


def make_withdrawal(made, grant):
    notice = withdrawal.sign_notice(
        grant.control,
        origin=ORIGIN,
        leaf=made.leaf,
        nonce=drawn("notice-nonce", 16),
    )
    change = StatusChange(index=0, leaf=made.leaf, state=State.ENDED, seq=1)
    return {
        "n": notice,
        "stop_file": withdrawal.write_stop_file(notice),
        "w": build_status(
            grant.control,
            origin=ORIGIN,
            change=change,
            nonce=drawn("status-nonce", 16),
        ),
        "delete_order": order.delete(
            grant.ledger,
            origin=ORIGIN,
            leaf=made.leaf,
            nonce=drawn("delete-nonce", 16),
        ),
    }


def in_hex(values):
    return {
        name: value.hex() if isinstance(value, bytes) else value
        for name, value in values.items()
    }


def make(folder):
    """Write both files into *folder*."""
    reader = clinic()
    card = parse_card(
        card_for(
            reader,
            body=body_for(reader),
            origin=ORIGIN,
            relay="https://relay.example",
            nonce=drawn("card-nonce", 16),
        )
    )
    log = Signer.from_seed(drawn("log"))
    made, package, share = make_share(reader, card)
    grant = PatientKeys(DEV, SEED).grant(NUMBER)
    names = ("id", "salt", "a", "b", "stream-salt", "receipt-salt")
    sizes = {"id": 16}
    story = {
        "about": "PROTOCOL.md 11: one share, one open, one withdrawal; bytes in hex",
        "origin": ORIGIN,
        "seed": SEED.hex(),
        "person": 0,
        "dev": DEV,
        "number": NUMBER,
        "clinic_seed": b"elm street".ljust(32, b".").hex(),
        "log_public": log.public.hex(),
        "drawn": {name: drawn(name, sizes.get(name, 32)).hex() for name in names},
        "reader_id": reader.reader_id.hex(),
        "reader_words": [list(pair) for pair in six_words(reader.reader_id)],
        "card": card.raw.hex(),
        "share": in_hex(share),
        "open": in_hex(make_opening(reader, made, grant, log)),
        "withdraw": in_hex(make_withdrawal(made, grant)),
    }
    (folder / "story.hwp").write_bytes(package)
    text = json.dumps(story, indent=1, ensure_ascii=False) + "\n"
    (folder / "story.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
