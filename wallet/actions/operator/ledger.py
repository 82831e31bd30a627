"""Run a ledger: HOME holds its keys and origin; `stores` say where the rest is."""

from __future__ import annotations

import asyncio
import time
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from wallet.actions.operator.keys import log_key, signer
from wallet.actions.operator.stores import Stores, open_stores
from wallet.errors import UsageError
from wallet.ledger.checkpoint import Vkey, parse_note
from wallet.ledger.fetch import LedgerClient
from wallet.ledger.policy import Policy
from wallet.ledger.sources import mirror_prefix, mirrors_of
from wallet.server.http.serve import until_signalled
from wallet.server.log.cosigners import Cosigner, MirrorCosigner
from wallet.server.log.difficulty import Difficulty
from wallet.server.log.http import LedgerApp, at_once
from wallet.server.log.lead import Leader
from wallet.server.log.opening import Opening
from wallet.server.log.panel import Panel
from wallet.server.log.publisher import Pace, Publisher
from wallet.server.log.refill import Refill
from wallet.server.log.roots import Roots
from wallet.server.log.sequencer import Sequencer
from wallet.server.log.shard_admission import ShardAdmission, ShardClock, elsewhere
from wallet.server.log.sign_lock import SignLock
from wallet.server.log.status_http import StatusApp
from wallet.server.log.status_view import StatusView

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator, Sequence
    from pathlib import Path
    from typing import Any

    from wallet.actions.operator.listening import Announce, Listening
    from wallet.keys.signing import Signer
    from wallet.server.log.storage import Storage


EMBEDDED = Stores()


def policy_text(log: Vkey, witnesses: Sequence[tuple[Vkey, str]]) -> str:
    """A C2SP policy: this log, these witnesses, more than half of them."""
    lines = [f"log {log.text}"]
    lines += [f"witness {key.name} {key.text} {url}" for key, url in witnesses]
    if not witnesses:
        return "\n".join([*lines, "quorum none", ""])
    names = " ".join(key.name for key, _ in witnesses)
    needed = len(witnesses) // 2 + 1
    return "\n".join([*lines, f"group most {needed} {names}", "quorum most", ""])


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLog:
    """One log, wired; `sequencer.run` and `publish` are its loops."""

    vkey: Vkey
    operator: Signer
    app: LedgerApp
    storage: Storage
    lock: SignLock
    sequencer: Sequencer
    publish: Callable[[], Coroutine[Any, Any, None]]
    now: ShardClock
    about: dict[str, Any]


@contextmanager
def open_log(
    home: Path,
    *,
    vkey: Vkey,
    text: str,
    pace: Pace,
    stores: Stores = EMBEDDED,
    family: frozenset[str] = frozenset(),
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Iterator[OpenLog]:
    """Open the ledger of *home*, whose policy is *text*, for the length of a block.

    *family* are the origins of its network, if there are others; *clock* says what the
    time is here.

    Raises:
        UsageError: the policy does not name this log, or witnesses have no address.
        HomeBusyError: it runs already.
        StoreUnreachableError: its database does not answer.
    """
    read = Policy.parse(text)
    if read.log(vkey.name) != vkey:
        raise UsageError("the policy does not name the key of this ledger")
    operator = signer(home / "operator.key")
    about = {
        "origin": vkey.name,
        "vkey": vkey.text,
        "operator": operator.public.hex(),
        "policy": text,
    }
    with ExitStack() as held:
        opened = open_stores(home, stores, origin=vkey.name, held=held)
        storage = opened.storage
        lock = SignLock(opened.last_note, signer(home / "log.key"))
        panel = held.enter_context(closing(_panel(read)))
        now = ShardClock(storage, policy=read, clock=clock)
        sequencer = Sequencer(storage)
        opening = Opening(
            storage=storage,
            lock=lock,
            log_public=vkey.public,
            origin=vkey.name,
            panel=panel,
            refill=Refill(
                storage,
                origin=vkey.name,
                mirrors=[
                    held.enter_context(closing(one))
                    for one in _mirrors(read, vkey.name)
                ],
            ),
        )

        def publisher() -> Publisher:
            return Publisher(
                storage=storage,
                sequencer=sequencer,
                opening=opening,
                roots=Roots(storage, operator=operator, origin=vkey.name),
                lock=lock,
                origin=vkey.name,
                panel=panel,
                pace=pace,
            )

        if opened.lead is None:
            writing, read_by = publisher().run, at_once
        else:
            writing, read_by = (
                Leader(
                    lead=opened.lead,
                    storage=storage,
                    sequencer=sequencer,
                    opening=opening,
                    publisher=publisher,
                ).run,
                asyncio.to_thread,
            )
        yield OpenLog(
            app=LedgerApp(
                storage=storage,
                admission=ShardAdmission(
                    storage,
                    origin=vkey.name,
                    difficulty=Difficulty(
                        fill=lambda: sequencer.fill, clock=time.monotonic
                    ),
                    phase=lambda: now.phase(vkey.name),
                    elsewhere=elsewhere(vkey.name, family),
                ),
                sequencer=sequencer,
                status=StatusApp(StatusView(storage, policy=read)),
                about=about,
                read_by=read_by,
            ),
            vkey=vkey,
            operator=operator,
            storage=storage,
            lock=lock,
            sequencer=sequencer,
            publish=writing,
            now=now,
            about=about,
        )


def serve_ledger(
    home: Path,
    *,
    origin: str | None,
    policy: str | None,
    witnesses: Sequence[tuple[Vkey, str]],
    at: Listening,
    pace: Pace,
    announce: Announce,
    stores: Stores = EMBEDDED,
) -> None:
    """Run the ledger of *home* until it is told to stop.

    Raises:
        UsageError: the policy does not name this log, or witnesses have no address.
        HomeBusyError: it runs already.
        StoreUnreachableError: its database does not answer.
    """
    vkey = log_key(home, origin)
    text = policy_text(vkey, witnesses) if policy is None else policy
    with open_log(home, vkey=vkey, text=text, pace=pace, stores=stores) as log:
        until_signalled(
            log.app,
            host=at.host,
            port=at.port,
            listening=lambda url: announce({"url": url, **log.about}),
            jobs=[log.sequencer.run, log.publish],
        )


def ledger_status(url: str) -> dict[str, Any]:
    """What a server says of itself; under its own policy, so nothing is proved.

    Raises:
        UnreachableError, TurnedAwayError, RefusedError: it has nothing to say.
    """
    with closing(LedgerClient(url)) as client:
        about = client.log_json()
        note = parse_note(client.checkpoint())
    moment = Policy.parse(str(about.get("policy"))).accept(note)
    return {
        **about,
        "size": note.checkpoint.size,
        "root": note.checkpoint.root.hex(),
        "quorum_time": moment,
    }


def _mirrors(policy: Policy, origin: str) -> list[LedgerClient]:
    """Where the mirrors of a policy serve this log."""
    return [
        LedgerClient(mirror_prefix(party.url, origin))
        for party in mirrors_of(policy)
        if party.url is not None
    ]


def _panel(policy: Policy) -> Panel:
    asked: list[Cosigner] = []
    mirrors = mirrors_of(policy)
    for party in policy.witnesses.values():
        if party.url is None:
            raise UsageError(f"the witness {party.vkey.name} has no address")
        kind = MirrorCosigner if party in mirrors else Cosigner
        asked.append(kind(party.vkey, party.url))
    return Panel(cosigners=asked, policy=policy)
