"""Open the records of a permission: PROTOCOL.md 11, Open, step by step.

Nothing is published into the target folder before everything is proven; on every
refusal the folder stays empty.
"""

from __future__ import annotations

import hashlib
import secrets
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from wallet.actions.clinic.checking import Checked, check
from wallet.actions.clinic.publishing import TargetError, publish, take_target
from wallet.actions.waiting import Waiting, log_entry
from wallet.desk.desk import ReceiptState, StoredReceipt
from wallet.errors import LedgerForkedError, RefusedError, UnreachableError
from wallet.grants import receipt
from wallet.grants.package import (
    content_key,
    decrypt_package,
    object_id,
    open_share,
)
from wallet.grants.receipt import Details, Manner, ReleaseRequest
from wallet.keys.derivation import receipt_key
from wallet.ledger.entry import build_receipt, leaf_hash
from wallet.verdict import Reason, Verdict

if TYPE_CHECKING:
    from datetime import datetime

    from wallet.actions.clinic.home import Clinic
    from wallet.actions.network import Network, View
    from wallet.grants.grant_file import OpenedGrant
    from wallet.grants.manifest import Manifest, PartRef

_SEQUENCE = 0  # a snapshot has one package


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Who asks, for what, and how long they are willing to wait for the ledger."""

    purpose: str | None = None
    staff: str | None = None
    waiting: Waiting = field(default_factory=Waiting)

    @property
    def now(self) -> datetime:
        """The moment by the clock this opening goes by."""
        return self.waiting.clock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The answer and, at go ahead, what lies in the target folder now."""

    verdict: Verdict
    files: tuple[str, ...] = ()
    place: int | None = None
    manner: Manner = Manner.RELAY


class _StoppedError(Exception):
    """The answer is already known."""

    def __init__(self, verdict: Verdict, place: int | None = None) -> None:
        super().__init__(verdict.reason.value)
        self.verdict = verdict
        self.place = place


def open_records(
    clinic: Clinic,
    data: bytes,
    network: Network,
    *,
    out: Path,
    package: Path | None = None,
    asking: Asking | None = None,
) -> Opened:
    """Check, leave a receipt, and unpack the records into *out*.

    Args:
        clinic: Unlocked.
        data: The grant file.
        network: Ledger and relay.
        out: An empty or new folder.
        package: The package on a stick, where there is one.
        asking: Who asks.

    Raises:
        UsageError: *out* is not empty.
        TargetError: *out* does not take the records.
    """
    asking, place = asking or Asking(), take_target(out)
    try:
        return _open(clinic, data, network, out=place, package=package, asking=asking)
    except _StoppedError as stopped:
        return Opened(verdict=stopped.verdict, place=stopped.place)


def _open(
    clinic: Clinic,
    data: bytes,
    network: Network,
    *,
    out: Path,
    package: Path | None,
    asking: Asking,
) -> Opened:
    # 1 to 3: read the file, and the check of section 8, on the newest copy to be had.
    _refresh(network)
    checked = check(clinic, data, network, now=asking.now, purpose=asking.purpose)
    grant, verdict = checked.grant, checked.verdict
    if grant is None or verdict.reason is not Reason.GO_AHEAD:
        raise _StoppedError(verdict)
    manner = Manner.RELAY if grant.parts.share_b is None else Manner.OFFLINE
    with tempfile.TemporaryDirectory(dir=clinic.home.private) as name:
        scratch = Path(name)
        try:
            source = _package(network, grant, package, scratch)  # 4
            stored = _prepare(clinic, grant, manner=manner, asking=asking)  # 5 to 10
            share = grant.parts.share_b
            if share is None:
                share = _release(
                    clinic, data, network, grant, stored=stored, asking=asking
                )
            manifest = _unpack(clinic, grant, source, share=share, scratch=scratch)
        except RefusedError as refused:
            raise _StoppedError(_instead(verdict, refused)) from None
        except UnreachableError as away:
            reason = (
                Reason.RELAY_UNREACHABLE
                if away.what == "relay"
                else Reason.LEDGER_UNREACHABLE
            )
            raise _StoppedError(_instead(verdict, RefusedError(reason, ""))) from None
        except OSError as error:  # no room in the private folder, a stick that is gone
            raise TargetError(error) from None
        publish(scratch / "parts", out, home=clinic.home)
    files = tuple(part.name for part in manifest.parts)
    # 14: B and K were only ever local names here; opening again is a new receipt.
    return Opened(verdict=verdict, files=files, place=stored.place, manner=manner)


def _instead(verdict: Verdict, refused: RefusedError) -> Verdict:
    return Verdict(
        reason=refused.reason,
        as_of=verdict.as_of,
        checkpoint=verdict.checkpoint,
        sender=verdict.sender,
        detail=refused.place,
        evidence=verdict.evidence,
    )


def _package(
    network: Network, grant: OpenedGrant, package: Path | None, scratch: Path
) -> Path:
    """4. The package of the newest q: from the stick, else from the relay."""
    if package is not None:
        return package
    relay = grant.permission.relay
    if relay is None:
        raise RefusedError(Reason.PACKAGE_MISSING, "no package beside the file")
    name = object_id(grant.permission.secret, _SEQUENCE)
    target = scratch / "package"
    target.write_bytes(network.relay(relay).package(name))
    return target


def _prepare(
    clinic: Clinic, grant: OpenedGrant, *, manner: Manner, asking: Asking
) -> StoredReceipt:
    """5 to 10: use up a receipt key, sign details and receipt, store them."""
    permission, leaf = grant.permission, grant.leaf
    place = clinic.desk.use_place(leaf)  # 5
    key = receipt_key(permission.secret, place)
    salt = secrets.token_bytes(32)
    name = object_id(permission.secret, _SEQUENCE)
    now = asking.now
    signed = receipt.sign_details(  # 6
        clinic.signer,
        Details(
            leaf=leaf,
            object_id=name,
            receipt_key=key.public,
            salt=salt,
            who=clinic.card.body.name if clinic.card else "",
            staff=asking.staff,
            purpose=asking.purpose or permission.purpose,
            asked_at=int(now.timestamp()),
            manner=manner,
        ),
        origin=permission.origin,
    )
    sealed = receipt.seal_details(  # 7
        signed, pair_seal=permission.pair_seal, leaf=leaf, key=key.public
    )
    commitment = receipt.commitment(  # 8
        salt=salt, object_id=name, leaf=leaf, sealed_details=sealed
    )
    entry = build_receipt(key, origin=permission.origin, commitment=commitment)  # 9
    stored = StoredReceipt(
        leaf=leaf,
        place=place,
        object_id=name,
        entry=entry,
        salt=salt,
        sealed_details=sealed,
        manner=manner,
        relay=permission.relay,
        made_at=now,
    )
    clinic.desk.add_receipt(stored)  # 10
    return stored


def _release(
    clinic: Clinic,
    data: bytes,
    network: Network,
    grant: OpenedGrant,
    *,
    stored: StoredReceipt,
    asking: Asking,
) -> bytes:
    """10 to 13: log the receipt, quote it to the relay, open share B."""
    permission = grant.permission
    if permission.relay is None:
        raise RefusedError(Reason.PACKAGE_MISSING, "no relay and no second share")
    view = log_receipt(
        clinic, network, stored, origin=permission.origin, waiting=asking.waiting
    )
    again = check(clinic, data, network, now=asking.now, purpose=asking.purpose)
    _go_on(again, stored)
    keys = receipt.tree_keys(permission.secret, stored.place // receipt.TREE)
    request = request_for(stored, view, keys)  # 11
    relay = network.relay(permission.relay)
    deadline = asking.waiting.deadline()
    while True:
        try:
            sealed = relay.release(request.encode())  # 12
        except UnreachableError:
            if asking.waiting.is_over(deadline):
                raise
            asking.waiting.pause()
        except RefusedError as refused:
            _explain(clinic, data, network, asking, stored)
            if refused.reason is Reason.PACKAGE_MISSING:
                raise
            raise RefusedError(Reason.RELEASE_REFUSED, refused.place) from None
        else:
            break
    clinic.desk.move_receipt(stored, ReceiptState.ANSWERED)
    return open_share(  # 13
        sealed, opener=clinic.opener, leaf=grant.leaf, object_id=stored.object_id
    )


def log_receipt(
    clinic: Clinic,
    network: Network,
    stored: StoredReceipt,
    *,
    origin: str,
    waiting: Waiting,
) -> View:
    """Log a receipt and note its index; see `log_entry` for what may be raised."""
    logged = log_entry(network, origin=origin, entry=stored.entry, waiting=waiting)
    clinic.desk.move_receipt(stored, ReceiptState.LOGGED, index=logged.index)
    return logged.view


def request_for(stored: StoredReceipt, view: View, keys: list[bytes]) -> ReleaseRequest:
    """The list of step 11 for a receipt the copy covers."""
    index = view.first_index(leaf_hash(stored.entry))
    if index is None:
        raise RefusedError(Reason.NOT_IN_COPY, "receipt")
    return ReleaseRequest(
        leaf=stored.leaf,
        object_id=stored.object_id,
        place=stored.place,
        path=receipt.tree_path(keys, stored.place % receipt.TREE),
        entry=stored.entry,
        proof=view.proof(index),
        salt=stored.salt,
        sealed_details=stored.sealed_details,
        manner=stored.manner,
    )


def _refresh(network: Network) -> None:
    """Look at the ledger if it answers; what the copy then says is what counts."""
    with suppress(UnreachableError, LedgerForkedError, RefusedError):
        network.sync()


def _go_on(checked: Checked, stored: StoredReceipt) -> None:
    if checked.verdict.reason is not Reason.GO_AHEAD:
        raise _StoppedError(checked.verdict, stored.place)


def _explain(
    clinic: Clinic,
    data: bytes,
    network: Network,
    asking: Asking,
    stored: StoredReceipt,
) -> None:
    """Where the relay says no, the newest ledger may say why."""
    _refresh(network)
    _go_on(
        check(clinic, data, network, now=asking.now, purpose=asking.purpose),
        stored,
    )


def _unpack(
    clinic: Clinic, grant: OpenedGrant, source: Path, *, share: bytes, scratch: Path
) -> Manifest:
    """13. K, commitment, stream, manifest, digests, fill: all before publishing."""
    permission, leaf = grant.permission, grant.leaf
    name = object_id(permission.secret, _SEQUENCE)
    parts = scratch / "parts"
    parts.mkdir(mode=0o700)

    def begin(part: PartRef) -> BinaryIO:
        target = parts / part.name
        target.parent.mkdir(parents=True, exist_ok=True)
        return target.open("xb")

    item = clinic.desk.item(leaf)
    with source.open("rb") as stream:
        manifest = decrypt_package(
            stream,
            key=content_key(grant.parts.share_a, share, leaf=leaf, object_id=name),
            permission=permission,
            leaf=leaf,
            lowest_sequence=(item.sequence or 0) if item else 0,
            begin=begin,
            scratch=scratch,
        )
    digest = hashlib.sha256(manifest.raw).digest()
    clinic.desk.check_sequence(leaf, sequence=manifest.sequence, manifest=digest)
    clinic.desk.opened(leaf, sequence=manifest.sequence, manifest=digest)
    return manifest
