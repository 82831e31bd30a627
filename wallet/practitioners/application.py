"""The two files between a reader and its board: a request, and the board's answer.

Request: ``HWREQ1``, then CBOR [signing key, sealing key, signature], signed by the
reader's own key so that nobody can have somebody else's keys accredited.
Answer: ``HWACCR1``, then CBOR [origin, index, salt, body] of the accreditation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallet.cbor import Value, decode, encode
from wallet.errors import RefusedError
from wallet.keys.sealing import PUBLIC_SIZE, check_sealing_key
from wallet.keys.signing import verify
from wallet.practitioners.card import Accreditation, AccreditationBody, reader_id
from wallet.statement import KEY, is_count
from wallet.verdict import Reason

if TYPE_CHECKING:
    from wallet.keys.signing import Signer

_REQUEST = b"HWREQ1\n"
_ANSWER = b"HWACCR1\n"
_DOMAIN = b"heartwood/1/request\0"
_MAX = 8_192


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The keys a reader wants a board to vouch for."""

    signing_key: bytes
    sealing_key: bytes

    @property
    def reader_id(self) -> bytes:
        """The name both keys give."""
        return reader_id(self.signing_key, self.sealing_key)


def write_request(signer: Signer, *, sealing_key: bytes) -> bytes:
    """Ask for an accreditation of both keys."""
    signature = signer.sign(_DOMAIN + signer.public + sealing_key)
    return _REQUEST + encode([signer.public, sealing_key, signature])


def read_request(data: bytes) -> Request:
    """Read a request and check that its own key signed it.

    Raises:
        RefusedError: ``unknown_version``, ``malformed`` or ``signature_wrong``.
    """
    match _rest(data, _REQUEST):
        case [bytes(signing), bytes(sealing), bytes(signature)] if (
            KEY(signing) and len(sealing) == PUBLIC_SIZE
        ):
            check_sealing_key(sealing)
            message = _DOMAIN + signing + sealing
            verify(public=signing, message=message, signature=signature)
            return Request(signing_key=signing, sealing_key=sealing)
        case _:
            raise RefusedError(Reason.MALFORMED, "request")


def write_answer(accreditation: Accreditation) -> bytes:
    """What a board hands back to the reader."""
    return _ANSWER + encode(
        [
            accreditation.origin,
            accreditation.index,
            accreditation.salt,
            accreditation.body,
        ]
    )


def read_answer(data: bytes) -> Accreditation:
    """Read a board's answer; the ledger says whether it is true.

    Raises:
        RefusedError: ``unknown_version`` or ``malformed``.
    """
    match _rest(data, _ANSWER):
        case [str(origin), index, bytes(salt), bytes(body)] if is_count(index) and KEY(
            salt
        ):
            AccreditationBody.parse(body)
            return Accreditation(origin=origin, index=index, salt=salt, body=body)
        case _:
            raise RefusedError(Reason.MALFORMED, "accreditation")


def _rest(data: bytes, magic: bytes) -> Value:
    if not data.startswith(magic):
        raise RefusedError(Reason.UNKNOWN_VERSION, "file magic")
    return decode(data[len(magic) :], cap=_MAX, place="file")
