"""Make a permission: steps 1 to 15 of PROTOCOL.md 11, Share, in their order.

Takes keys and verified values, returns bytes; storing and sending is the caller's.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from wallet.grants import order, receipt
from wallet.grants.grant_file import GrantParts, write_grant_file
from wallet.grants.manifest import sign_manifest
from wallet.grants.package import (
    Deposit,
    content_key,
    encrypt_package,
    object_id,
    seal_share,
)
from wallet.grants.permission import Permission, sign_permission
from wallet.ledger.entry import build_grant, commit, leaf_hash

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wallet.grants.manifest import Part
    from wallet.grants.scope import Scope
    from wallet.keys.derivation import GrantKeys, PairKeys


def _id() -> bytes:
    return secrets.token_bytes(16)


def _key() -> bytes:
    return secrets.token_bytes(32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """Every random value of one Share, so that vectors can fix them."""

    permission_id: bytes = field(default_factory=_id)
    salt: bytes = field(default_factory=_key, repr=False)
    share_a: bytes = field(default_factory=_key, repr=False)
    share_b: bytes = field(default_factory=_key, repr=False)
    stream_salt: bytes = field(default_factory=_key)
    permission_nonce: bytes = field(default_factory=_id)
    entry_nonce: bytes = field(default_factory=_id)
    manifest_nonce: bytes = field(default_factory=_id)
    order_nonce: bytes = field(default_factory=_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """The reader as its verified card names it."""

    reader_id: bytes
    sealing_key: bytes
    relay: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the patient decided; times are POSIX seconds, ``max_age`` is seconds."""

    scope: Scope
    purpose: str
    begins: int
    ends: int
    max_age: int
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """All bytes of one Share; the package itself went into the caller's sink.

    ``receipt_keys`` are the public ones of the first tree, by place.
    """

    permission: Permission
    signed: bytes
    entry: bytes
    leaf: bytes
    manifest: bytes
    grant_file: bytes = field(repr=False)
    offline_file: bytes = field(repr=False)
    deposit: Deposit
    order: bytes | None
    receipt_keys: tuple[bytes, ...] = field(repr=False)


def issue(
    *,
    terms: Terms,
    reader: Reader,
    pair: PairKeys,
    grant: GrantKeys,
    parts: Sequence[Part],
    made_at: int,
    sink: BinaryIO,
    scratch: Path,
    draws: Draws | None = None,
) -> Issued:
    """Make every byte of a permission, and write its package into *sink*.

    Raises:
        RefusedError: ``malformed``: the terms do not fit the format.
    """
    draws = draws or Draws()
    permission = _permission(terms, reader, pair, grant, draws)  # 2
    body = permission.body(draws.permission_nonce)
    signed = sign_permission(pair.sign, origin=terms.origin, body=body)  # 4
    entry = build_grant(  # 3, 5
        grant.ledger,
        origin=terms.origin,
        commitment=commit(draws.salt, body),
        control_public=grant.control.public,
        nonce=draws.entry_nonce,
    )
    leaf = leaf_hash(entry)  # 6
    manifest = sign_manifest(  # 8
        pair.sign,
        origin=terms.origin,
        permission_id=permission.permission_id,
        leaf=leaf,
        sequence=0,
        made_at=made_at,
        parts=[part.ref for part in parts],
        nonce=draws.manifest_nonce,
    )
    name = object_id(grant.secret, 0)  # 7
    sealed = encrypt_package(  # 9 to 12
        manifest,
        parts,
        sink,
        key=content_key(draws.share_a, draws.share_b, leaf=leaf, object_id=name),
        scratch=scratch,
        salt=draws.stream_salt,
    )
    deposit = Deposit(
        object_id=name,
        digest=sealed.digest,
        size=sealed.size,
        sealed_share=seal_share(  # 13
            draws.share_b, sealing_key=reader.sealing_key, leaf=leaf, object_id=name
        ),
    )
    receipt_keys = receipt.tree_keys(grant.secret, 0)
    files = [  # 15: for the relay with one share, for a stick with both
        write_grant_file(
            GrantParts(
                signed=signed,
                salt=draws.salt,
                entry=entry,
                share_a=draws.share_a,
                share_b=share_b,
            ),
            sealing_key=reader.sealing_key,
            reader=reader.reader_id,
        )
        for share_b in (None, draws.share_b)
    ]
    return Issued(
        permission=permission,
        signed=signed,
        entry=entry,
        leaf=leaf,
        manifest=manifest,
        grant_file=files[0],
        offline_file=files[1],
        deposit=deposit,
        order=None
        if reader.relay is None
        else order.put(  # 14, 18
            grant.ledger,
            origin=terms.origin,
            leaf=leaf,
            deposit=deposit,
            tree=0,
            root=receipt.tree_root(receipt_keys),
            begins=terms.begins,
            ends=terms.ends,
            nonce=draws.order_nonce,
        ),
        receipt_keys=tuple(receipt_keys),
    )


def _permission(
    terms: Terms, reader: Reader, pair: PairKeys, grant: GrantKeys, draws: Draws
) -> Permission:
    return Permission(
        permission_id=draws.permission_id,
        reader_id=reader.reader_id,
        pair_sign=pair.sign.public,
        pair_seal=pair.seal.public,
        scope=terms.scope,
        purpose=terms.purpose,
        begins=terms.begins,
        ends=terms.ends,
        max_age=terms.max_age,
        follow=False,
        origin=terms.origin,
        ledger_key=grant.ledger.public,
        control_key=grant.control.public,
        secret=grant.secret,
        relay=reader.relay,
    )
