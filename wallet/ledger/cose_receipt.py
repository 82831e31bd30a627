"""COSE Receipts: an inclusion proof in the form that SCITT tools read.

RFC 9942 with the verifiable data structure RFC9162_SHA256 (1), the tree we have anyway:
a COSE_Sign1 by the log over a detached root, ``{1: alg, 4: kid, 395: 1}`` protected,
``{396: {-1: [bstr of [size, index, [path]]]}}`` unprotected. No witness signs one: it
is the log's word alone, and only given for a root that the log has signed in a note.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallet.cbor import decode, encode
from wallet.errors import RefusedError
from wallet.keys import signing
from wallet.ledger.checkpoint import LOG_KIND
from wallet.ledger.entry import leaf_hash
from wallet.ledger.merkle import HASH_SIZE, root_from_inclusion
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wallet.keys.signing import Signer
    from wallet.ledger.checkpoint import Vkey
    from wallet.ledger.proof import Proof

FIRST = b"\xd2\x84"  # tag 18, four parts
MAX_RECEIPT = 1 << 13
_ALG, _KID, _VDS, _VDP, _INCLUSION = 1, 4, 395, 396, -1
_RFC9162_SHA256 = 1
EDDSA = -8  # RFC 9053: readers of receipts do not know -19 yet (RFC 9864)
_MAX_PATH = 63
_SIGNATURE = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class CoseReceipt:
    """A receipt that was read; nothing of it is verified yet."""

    size: int
    index: int
    path: tuple[bytes, ...]
    kid: bytes
    protected: bytes
    signature: bytes


def write(signer: Signer, *, proof: Proof) -> bytes:
    """Sign the root of a proof, whose note the caller has found to be the log's own."""
    here = proof.note.checkpoint
    kid = signing.key_id(signer.public)
    protected = encode({_ALG: EDDSA, _KID: kid, _VDS: _RFC9162_SHA256})
    inclusion = encode([here.size, proof.index, list(proof.path)])
    unprotected = {_VDP: {_INCLUSION: [inclusion]}}
    signature = signer.sign(_to_be_signed(protected, here.root))
    return FIRST[:1] + encode([protected, unprotected, None, signature])


def parse(data: bytes) -> CoseReceipt:
    """Read a receipt strictly: exactly what `write` writes.

    Raises:
        RefusedError: ``unknown_version`` for another algorithm or data structure,
            ``malformed``.
    """
    if not data.startswith(FIRST):
        raise RefusedError(Reason.MALFORMED, "receipt")
    match decode(data[1:], cap=MAX_RECEIPT, place="receipt"):
        case [bytes(protected), {396: {-1: [bytes(inclusion)], **more}, **others}, None,
              bytes(signature)] if not more and not others:  # fmt: skip
            pass
        case _:
            raise RefusedError(Reason.MALFORMED, "receipt")
    kid = _kid(protected)
    size, index, path = _inclusion(inclusion)
    if len(signature) != _SIGNATURE:
        raise RefusedError(Reason.MALFORMED, "receipt signature")
    return CoseReceipt(
        size=size,
        index=index,
        path=path,
        kid=kid,
        protected=protected,
        signature=signature,
    )


def is_by(receipt: CoseReceipt, vkey: Vkey) -> bool:
    """Whether a receipt claims to be signed with this key."""
    return vkey.kind == LOG_KIND and receipt.kid == signing.key_id(vkey.public)


def verify(receipt: CoseReceipt, *, entry: bytes, vkey: Vkey) -> None:
    """Check that the log says it holds *entry* at that place.

    Raises:
        RefusedError: ``malformed``: the path fits no tree of that size;
            ``signature_wrong``: the log signed another root than it leads to.
    """
    if not is_by(receipt, vkey):
        raise RefusedError(Reason.SIGNATURE_WRONG, "receipt key")
    root = root_from_inclusion(
        leaf=leaf_hash(entry),
        index=receipt.index,
        size=receipt.size,
        path=receipt.path,
    )
    signing.verify(
        public=vkey.public,
        message=_to_be_signed(receipt.protected, root),
        signature=receipt.signature,
        place="receipt signature",
    )


def _to_be_signed(protected: bytes, root: bytes) -> bytes:
    """The Sig_structure of RFC 9052 4.4, without external data, over the root."""
    return encode(["Signature1", protected, b"", root])


def _kid(protected: bytes) -> bytes:
    match decode(protected, cap=MAX_RECEIPT, place="receipt header"):
        case {1: int(algorithm), 395: int(structure), **rest}:
            pass
        case _:
            raise RefusedError(Reason.MALFORMED, "receipt header")
    if [algorithm, structure] != [EDDSA, _RFC9162_SHA256] or structure is True:
        raise RefusedError(Reason.UNKNOWN_VERSION, "receipt algorithm")
    match rest:
        case {4: bytes(kid), **others} if not others:
            return kid
        case _:
            raise RefusedError(Reason.MALFORMED, "receipt header")


def _inclusion(data: bytes) -> tuple[int, int, tuple[bytes, ...]]:
    match decode(data, cap=MAX_RECEIPT, place="receipt proof"):
        case [int(size), int(index), list(path)] if _is_path(path):
            pass
        case _:
            raise RefusedError(Reason.MALFORMED, "receipt proof")
    if isinstance(size, bool) or isinstance(index, bool) or not 0 <= index < size:
        raise RefusedError(Reason.MALFORMED, "receipt proof")
    return size, index, tuple(path)


def _is_path(path: Sequence[object]) -> bool:
    return len(path) <= _MAX_PATH and all(
        isinstance(one, bytes) and len(one) == HASH_SIZE for one in path
    )
