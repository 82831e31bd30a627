"""A reader's card: the keys to share with, and the accreditation that stands behind.

Name and role are read from the accreditation body, never from the card, and count
only if the card's own keys give the reader id in that body. PROTOCOL.md 4, 12.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache

from wallet.cbor import Value, decode, encode
from wallet.errors import RefusedError
from wallet.keys.derivation import reader_words_seed
from wallet.keys.sealing import PUBLIC_SIZE, check_sealing_key
from wallet.keys.signing import Signer, check_signature, sign_statement
from wallet.statement import (
    KEY,
    Fields,
    Name,
    bytes_of,
    is_bytes,
    is_count,
    is_text,
    is_time,
    or_null,
    parse,
)
from wallet.verdict import Reason

MAX_CARD = 8_192
_MAX_TEXT = 200
_SHAPE: Fields = {
    60: KEY,
    61: bytes_of(PUBLIC_SIZE),
    62: or_null(is_text),
    63: is_text,
    64: is_time,
    65: is_time,
    66: is_text,
    67: is_count,
    68: KEY,
    69: is_bytes,
}


def _is_span(begins: int, ends: int) -> bool:
    return is_time(begins) and is_time(ends) and begins < ends


@dataclass(frozen=True, slots=True, kw_only=True)
class AccreditationBody:
    """What a board says of a reader; on the ledger only its commitment."""

    name: str
    number: str
    role: str
    reader_id: bytes
    begins: int
    ends: int

    def encode(self) -> bytes:
        """The exact bytes a board commits to: a bare map of 70 to 75."""
        return encode(
            {
                70: self.name,
                71: self.number,
                72: self.role,
                73: self.reader_id,
                74: self.begins,
                75: self.ends,
            }
        )

    @classmethod
    def parse(cls, data: bytes) -> AccreditationBody:
        """Read a body strictly.

        Raises:
            RefusedError: ``malformed``.
        """
        match decode(data, cap=2_048, place="accreditation body"):
            case {
                70: str(name),
                71: str(number),
                72: str(role),
                73: bytes(reader),
                74: int(begins),
                75: int(ends),
                **rest,
            } if not rest and KEY(reader) and _is_span(begins, ends):
                if max(map(len, (name, number, role))) > _MAX_TEXT:
                    raise RefusedError(Reason.MALFORMED, "accreditation text")
                return cls(
                    name=name,
                    number=number,
                    role=role,
                    reader_id=reader,
                    begins=begins,
                    ends=ends,
                )
            case _:
                raise RefusedError(Reason.MALFORMED, "accreditation body")


@dataclass(frozen=True, slots=True, kw_only=True)
class Accreditation:
    """Where a board's word on a reader stands in the ledger, and what it says."""

    origin: str
    index: int
    salt: bytes
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A card whose own signature was verified; not yet whether a board agrees."""

    signing_key: bytes
    sealing_key: bytes
    relay: str | None
    origin: str
    begins: int
    ends: int
    accreditation: Accreditation
    raw: bytes

    @property
    def reader_id(self) -> bytes:
        """The name of a reader everywhere: a hash over both keys."""
        return reader_id(self.signing_key, self.sealing_key)

    @property
    def body(self) -> AccreditationBody:
        """The accreditation's words; `parse_card` has read them once already."""
        return AccreditationBody.parse(self.accreditation.body)


def reader_id(signing_key: bytes, sealing_key: bytes) -> bytes:
    """SHA-256 over both keys of a reader (PROTOCOL.md 3)."""
    return hashlib.sha256(b"heartwood/1/reader\0" + signing_key + sealing_key).digest()


def pair_id(pair_sign: bytes, pair_seal: bytes) -> bytes:
    """SHA-256 over both keys a patient shows one reader (PROTOCOL.md 4)."""
    return hashlib.sha256(b"heartwood/1/pair\0" + pair_sign + pair_seal).digest()


@cache
def six_words(identity: bytes) -> tuple[tuple[int, str], ...]:
    """Six spoken words for a reader or pair id, each with its place 1 to 2048."""
    from mnemonic import Mnemonic  # noqa: PLC0415 who only verifies needs no words

    bits = int.from_bytes(reader_words_seed(identity), "big") >> (256 - 66)
    words = Mnemonic("english").wordlist
    places = [bits >> shift & 0x7FF for shift in range(55, -1, -11)]
    return tuple((place + 1, words[place]) for place in places)


def sign_card(
    signer: Signer,
    *,
    sealing_key: bytes,
    relay: str | None,
    origin: str,
    begins: int,
    ends: int,
    accreditation: Accreditation,
    nonce: bytes | None = None,
) -> bytes:
    """Write a card, signed by the reader's own key."""
    fields: dict[int, Value] = {
        60: signer.public,
        61: sealing_key,
        62: relay,
        63: origin,
        64: begins,
        65: ends,
        66: accreditation.origin,
        67: accreditation.index,
        68: accreditation.salt,
        69: accreditation.body,
    }
    return sign_statement(
        signer, name=Name.CARD, origin=origin, fields=fields, nonce=nonce
    )


def parse_card(data: bytes) -> Card:
    """Read a card and check that its own key signed it.

    Raises:
        RefusedError: ``unknown_version``, ``malformed``, ``signature_wrong``, or
            ``not_accredited`` where the body names another reader's keys.
    """
    read = parse(data, name=Name.CARD, fields=_SHAPE, cap=MAX_CARD)
    check_signature(read, origin=read.text(63), public=read.key(60))
    check_sealing_key(read.key(61))
    if read.count(64) >= read.count(65):
        raise RefusedError(Reason.MALFORMED, "card validity")
    relay = read.fields[62]
    card = Card(
        signing_key=read.key(60),
        sealing_key=read.key(61),
        relay=relay if isinstance(relay, str) else None,
        origin=read.text(63),
        begins=read.count(64),
        ends=read.count(65),
        accreditation=Accreditation(
            origin=read.text(66),
            index=read.count(67),
            salt=read.key(68),
            body=read.key(69),
        ),
        raw=data,
    )
    if card.body.reader_id != card.reader_id:
        raise RefusedError(Reason.NOT_ACCREDITED, "reader id")
    return card
