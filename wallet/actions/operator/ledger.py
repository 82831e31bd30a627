"""Run a ledger: HOME holds its keys and origin; `stores` say where the rest is."""

from __future__ import annotations

import asyncio
import time
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from wallet.actions.operator.keys import (
    LOG_MLDSA,
    log_key,
    log_mldsa_key,
    mldsa_signer,
    signer,
)
from wallet.actions.operator.listening import Kinds
from wallet.actions.operator.stores import EMBEDDED, Stores, open_stores
from wallet.errors import UsageError
from wallet.ledger.checkpoint import MLDSA_KIND, cosign_mldsa, parse_note
from wallet.ledger.ledger_client import LedgerClient
from wallet.ledger.log_json import LogJson
from wallet.ledger.policy import Policy
from wallet.ledger.sources import mirror_prefix
from wallet.server.http.serve import until_signalled
from wallet.server.log.cosigners import Cosigner, MirrorCosigner
from wallet.server.log.difficulty import Difficulty
from wallet.server.log.health import Health
from wallet.server.log.http import LedgerApp, at_once
from wallet.server.log.lead import Leader
from wallet.server.log.measures import Measures
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
    from wallet.ledger.checkpoint import Checkpoint, Vkey
    from wallet.server.log.lead import Lead
    from wallet.server.log.storage import Storage


def policy_text(logs: Sequence[Vkey], witnesses: Sequence[tuple[Vkey, str]]) -> str:
    """A C2SP policy: this log, these witnesses, more than half of them.

    A witness with keys of two kinds counts once, by whichever it signed with.
    """
    lines = [f"log {log.text}" for log in logs]
    members: dict[str, list[str]] = {}
    for key, url in witnesses:
        name = f"{key.name}/ml-dsa" if key.kind == MLDSA_KIND else key.name
        lines.append(f"witness {name} {key.text} {url}")
        members.setdefault(key.name, []).append(name)
    if not witnesses:
        return "\n".join([*lines, "quorum none", ""])
    voices = []
    for name, kinds in members.items():
        voices.append(kinds[0] if len(kinds) == 1 else f"{name}/either")
        if len(kinds) > 1:
            lines.append(f"group {name}/either any {' '.join(kinds)}")
    most = f"group most {len(voices) // 2 + 1} {' '.join(voices)}"
    return "\n".join([*lines, most, "quorum most", ""])


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
    leads: Callable[[], bool]
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
    kinds: Kinds = Kinds.ED25519,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Iterator[OpenLog]:
    """Open the ledger of *home*, whose policy is *text*, for the length of a block.

    *family* are the origins of its network, if there are others; *clock* says what the
    time is here.
    Where *kinds* says both, it signs with ML-DSA-44 besides.

    Raises:
        UsageError: the policy does not name this log, or witnesses have no address.
        HomeBusyError: it runs already.
        StoreUnreachableError: its database does not answer.
    """
    both = kinds is Kinds.BOTH
    vkeys = [vkey, log_mldsa_key(home, vkey.name)] if both else [vkey]
    read = Policy.parse(text)
    if read.log(vkey.name) != vkey:
        raise UsageError("the policy does not name the key of this ledger")
    operator = signer(home / "operator.key")
    about = {
        "origin": vkey.name,
        "vkey": vkey.text,
        "vkeys": [one.text for one in vkeys],
        "operator": operator.public.hex(),
        "policy": text,
    }
    with ExitStack() as held:
        opened = open_stores(home, stores, origin=vkey.name, held=held)
        storage = opened.storage
        lock = SignLock(opened.last_note, signer(home / "log.key"))
        panel = held.enter_context(closing(_panel(read)))
        now = ShardClock(storage, policy=read, clock=clock)
        measures = Measures()
        sequencer = Sequencer(storage, measures=measures)
        mirrors = [
            held.enter_context(closing(one)) for one in _mirrors(read, vkey.name)
        ]

        def opening(storage: Storage) -> Opening:
            return Opening(
                storage=storage,
                lock=lock,
                log_public=vkey.public,
                origin=vkey.name,
                panel=panel,
                refill=Refill(storage, origin=vkey.name, mirrors=mirrors),
            )

        def publisher(storage: Storage) -> Publisher:
            return Publisher(
                storage=storage,
                sequencer=sequencer,
                opening=opening(storage),
                roots=Roots(storage, operator=operator, origin=vkey.name),
                lock=lock,
                origin=vkey.name,
                panel=panel,
                pace=pace,
                second_line=_second_line(home, vkey.name) if both else lambda _: b"",
                measures=measures,
            )

        if opened.lead is None:
            writing, read_by = publisher(storage).run, at_once
        else:
            writing, read_by = (
                Leader(
                    lead=opened.lead,
                    sequencer=sequencer,
                    opening=opening(storage),
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
                health=Health(
                    storage=storage,
                    sequencer=sequencer,
                    panel=panel,
                    policy=read,
                    pace=pace,
                    measures=measures,
                ),
                about=about,
                read_by=read_by,
            ),
            vkey=vkey,
            operator=operator,
            storage=storage,
            lock=lock,
            sequencer=sequencer,
            publish=writing,
            leads=_leads(opened.lead),
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
    kinds: Kinds = Kinds.ED25519,
) -> None:
    """Run the ledger of *home* until it is told to stop.

    Raises:
        UsageError: the policy does not name this log, or witnesses have no address.
        HomeBusyError: it runs already.
        StoreUnreachableError: its database does not answer.
    """
    vkey = log_key(home, origin)
    own = [vkey, *([log_mldsa_key(home, origin)] if kinds is Kinds.BOTH else [])]
    text = policy_text(own, witnesses) if policy is None else policy
    with open_log(
        home, vkey=vkey, text=text, pace=pace, stores=stores, kinds=kinds
    ) as log:
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
    moment = LogJson.read(about).policy.accept(note)
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
        for party in policy.mirrors
        if party.url is not None
    ]


def _panel(policy: Policy) -> Panel:
    mirrors = policy.mirrors
    keys: dict[tuple[type[Cosigner], str, str], list[Vkey]] = {}
    for party in policy.witnesses.values():
        if party.url is None:
            raise UsageError(f"the witness {party.vkey.name} has no address")
        kind = MirrorCosigner if party in mirrors else Cosigner
        keys.setdefault((kind, party.url, party.vkey.name), []).append(party.vkey)
    asked = [kind(url, *vkeys) for (kind, url, _), vkeys in keys.items()]
    return Panel(cosigners=asked, policy=policy)


def _leads(lead: Lead | None) -> Callable[[], bool]:
    """Asks for the lead, if several servers may have it."""
    return (lambda: True) if lead is None else (lambda: lead.take() is not None)


def _second_line(home: Path, origin: str) -> Callable[[Checkpoint], bytes]:
    key = mldsa_signer(home / LOG_MLDSA)
    return lambda here: cosign_mldsa(key, origin, here, int(time.time()))
