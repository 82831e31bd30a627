"""Receipts: keys both sides can derive, commitments, sealed details, release request.

PROTOCOL.md 6; 11, Share 14 and Open 5 to 12.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

from wallet import statement
from wallet.cbor import decode, encode
from wallet.errors import RefusedError
from wallet.grants.grant_file import pad, unpad
from wallet.keys.derivation import receipt_key
from wallet.keys.sealing import Opener, seal
from wallet.keys.signing import Signer, sign_statement, verify_statement
from wallet.ledger import merkle
from wallet.statement import ID, KEY, Fields, Name, is_text, is_time, or_null
from wallet.verdict import Reason

if TYPE_CHECKING:
    from wallet.cbor import Value

TREE = 1_024
PATH = 10
MAX_REQUEST = 64 << 10


class Manner(IntEnum):
    """How records were opened: field 54."""

    RELAY = 0
    OFFLINE = 1


def _is_manner(value: Value) -> bool:
    return type(value) is int and value in (0, 1)


_SHAPE: Fields = {
    35: KEY,
    40: ID,
    48: KEY,
    49: KEY,
    50: is_text,
    51: or_null(is_text),
    52: is_text,
    53: is_time,
    54: _is_manner,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """Who opened, for what, when: only the patient can read it."""

    leaf: bytes
    object_id: bytes
    receipt_key: bytes
    salt: bytes = field(repr=False)
    who: str
    staff: str | None
    purpose: str
    asked_at: int
    manner: Manner


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRequest:
    """The list of Open 11; ``proof`` is a C2SP tlog-proof as bytes."""

    leaf: bytes
    object_id: bytes
    place: int
    path: tuple[bytes, ...]
    entry: bytes
    proof: bytes = field(repr=False)
    salt: bytes = field(repr=False)
    sealed_details: bytes = field(repr=False)
    manner: Manner

    def encode(self) -> bytes:
        """The CBOR the relay takes."""
        return encode(
            [
                self.leaf,
                self.object_id,
                self.place,
                list(self.path),
                self.entry,
                self.proof,
                self.salt,
                self.sealed_details,
                int(self.manner),
            ]
        )


def tree_keys(secret: bytes, tree: int) -> list[bytes]:
    """Receipt public keys 1024t to 1024t+1023 of a grant."""
    first = tree * TREE
    return [receipt_key(secret, first + n).public for n in range(TREE)]


def tree_root(keys: list[bytes]) -> bytes:
    """RFC 6962 root whose leaf data are the raw public keys."""
    return merkle.root([merkle.leaf_hash(key) for key in keys])


def tree_path(keys: list[bytes], place: int) -> tuple[bytes, ...]:
    """Inclusion path of the key at *place* (0 to 1023): ten hashes."""
    hashes = [merkle.leaf_hash(key) for key in keys]
    return tuple(merkle.inclusion_path(hashes, place))


def check_place(
    *, public: bytes, place: int, path: tuple[bytes, ...], root: bytes
) -> None:
    """Check that *public* is the receipt key at *place* of the tree under *root*.

    Raises:
        RefusedError: ``release_refused``.
    """
    try:
        merkle.verify_inclusion(
            leaf=merkle.leaf_hash(public),
            index=place % TREE,
            size=TREE,
            path=list(path),
            root=root,
        )
    except RefusedError:
        raise RefusedError(Reason.RELEASE_REFUSED, "receipt key") from None


def commitment(
    *, salt: bytes, object_id: bytes, leaf: bytes, sealed_details: bytes
) -> bytes:
    """R of Open 8."""
    digest = hashlib.sha256(sealed_details).digest()
    return commitment_over(salt=salt, object_id=object_id, leaf=leaf, digest=digest)


def commitment_over(
    *, salt: bytes, object_id: bytes, leaf: bytes, digest: bytes
) -> bytes:
    """The same from the SHA-256 of the sealed details alone."""
    whole = b"heartwood/1/receipt\0" + salt + object_id + leaf + digest
    return hashlib.sha256(whole).digest()


def sign_details(
    card_key: Signer, details: Details, *, origin: str, nonce: bytes | None = None
) -> bytes:
    """D of Open 6."""
    return sign_statement(
        card_key,
        name=Name.DETAILS,
        origin=origin,
        fields={
            35: details.leaf,
            40: details.object_id,
            48: details.receipt_key,
            49: details.salt,
            50: details.who,
            51: details.staff,
            52: details.purpose,
            53: details.asked_at,
            54: int(details.manner),
        },
        nonce=nonce,
    )


def seal_details(signed: bytes, *, pair_seal: bytes, leaf: bytes, key: bytes) -> bytes:
    """SD of Open 7."""
    return seal(pair_seal, label="details", context=leaf + key, message=pad(signed))


def open_details(
    sealed: bytes,
    *,
    opener: Opener,
    leaf: bytes,
    key: bytes,
    card_key: bytes,
    origin: str,
) -> Details:
    """Read details back as the patient; only the grant's own reader can sign them.

    Raises:
        RefusedError: they do not open, or somebody else signed them: show the
            opening without a name.
    """
    signed = unseal_details(sealed, opener=opener, leaf=leaf, key=key)
    return read_details(signed, leaf=leaf, key=key, card_key=card_key, origin=origin)


def unseal_details(sealed: bytes, *, opener: Opener, leaf: bytes, key: bytes) -> bytes:
    """D of Open 6 as the reader signed it; whose signature it is nobody has checked.

    Raises:
        RefusedError: they do not open.
    """
    return unpad(opener.open(sealed, label="details", context=leaf + key))


def read_details(
    signed: bytes, *, leaf: bytes, key: bytes, card_key: bytes, origin: str
) -> Details:
    """What a reader signed of one receipt.

    Raises:
        RefusedError: ``signature_wrong``: another key signed it, or it is of another
            receipt; ``malformed``.
    """
    read = verify_statement(
        signed, name=Name.DETAILS, origin=origin, public=card_key, fields=_SHAPE
    )
    if (read.key(35), read.key(48)) != (leaf, key):
        raise RefusedError(Reason.SIGNATURE_WRONG, "details of another receipt")
    staff = read.fields[51]
    return Details(
        leaf=leaf,
        object_id=read.key(40),
        receipt_key=key,
        salt=read.key(49),
        who=read.text(50),
        staff=staff if isinstance(staff, str) else None,
        purpose=read.text(52),
        asked_at=read.count(53),
        manner=Manner(read.count(54)),
    )


def parse_request(data: bytes) -> ReleaseRequest:
    """Read a release request strictly.

    Raises:
        RefusedError: ``malformed``.
    """
    match decode(data, cap=MAX_REQUEST, place="release request"):
        case [
            bytes(leaf),
            bytes(name),
            int(place),
            list(path),
            bytes(entry),
            bytes(proof),
            bytes(salt),
            bytes(sealed),
            manner,
        ] if (
            (len(leaf), len(name), len(salt), len(path)) == (32, 16, 32, PATH)
            and statement.is_count(place)
            and all(KEY(item) for item in path)
            and _is_manner(manner)
        ):
            return ReleaseRequest(
                leaf=leaf,
                object_id=name,
                place=place,
                path=tuple(path),
                entry=entry,
                proof=proof,
                salt=salt,
                sealed_details=sealed,
                manner=Manner(manner),
            )
        case _:
            raise RefusedError(Reason.MALFORMED, "release request")
