"""Run a ledger: HOME holds its keys, ledger.origin, ledger.db and signed.db."""

from __future__ import annotations

import time
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

from wallet.actions.operator.keys import log_key, signer
from wallet.errors import UsageError
from wallet.ledger.checkpoint import Vkey, parse_note
from wallet.ledger.fetch import LedgerClient
from wallet.ledger.policy import Policy
from wallet.ledger.sources import mirrors_of
from wallet.server.http.serve import until_signalled
from wallet.server.log.admission import Admission
from wallet.server.log.cosigners import Cosigner, MirrorCosigner
from wallet.server.log.difficulty import Difficulty
from wallet.server.log.http import LedgerApp
from wallet.server.log.last_note_sqlite import SqliteLastNote
from wallet.server.log.opening import Opening
from wallet.server.log.panel import Panel
from wallet.server.log.publisher import Pace, Publisher
from wallet.server.log.roots import Roots
from wallet.server.log.sequencer import Sequencer
from wallet.server.log.sign_lock import SignLock
from wallet.server.log.status_http import StatusApp
from wallet.server.log.status_view import StatusView
from wallet.server.log.storage_sqlite import SqliteStorage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Any

    from wallet.actions.operator.listening import Announce, Listening


def policy_text(log: Vkey, witnesses: Sequence[tuple[Vkey, str]]) -> str:
    """A C2SP policy: this log, these witnesses, more than half of them."""
    lines = [f"log {log.text}"]
    lines += [f"witness {key.name} {key.text} {url}" for key, url in witnesses]
    if not witnesses:
        return "\n".join([*lines, "quorum none", ""])
    names = " ".join(key.name for key, _ in witnesses)
    needed = len(witnesses) // 2 + 1
    return "\n".join([*lines, f"group most {needed} {names}", "quorum most", ""])


def serve_ledger(
    home: Path,
    *,
    origin: str | None,
    policy: str | None,
    witnesses: Sequence[tuple[Vkey, str]],
    at: Listening,
    pace: Pace,
    announce: Announce,
) -> None:
    """Run the ledger of *home* until it is told to stop.

    Raises:
        UsageError: the policy does not name this log, or witnesses have no address.
        HomeBusyError: it runs already.
    """
    vkey = log_key(home, origin)
    text = policy_text(vkey, witnesses) if policy is None else policy
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
        lock = SignLock(SqliteLastNote(home / "signed.db"), signer(home / "log.key"))
        held.enter_context(closing(lock))
        storage = held.enter_context(closing(SqliteStorage(home / "ledger.db")))
        panel = held.enter_context(closing(_panel(read)))
        sequencer = Sequencer(storage)
        publisher = Publisher(
            storage=storage,
            sequencer=sequencer,
            opening=Opening(
                storage=storage,
                lock=lock,
                log_public=vkey.public,
                origin=vkey.name,
                panel=panel,
            ),
            roots=Roots(storage, operator=operator, origin=vkey.name),
            lock=lock,
            origin=vkey.name,
            panel=panel,
            pace=pace,
        )
        until_signalled(
            LedgerApp(
                storage=storage,
                admission=Admission(
                    storage,
                    origin=vkey.name,
                    difficulty=Difficulty(
                        fill=lambda: sequencer.fill, clock=time.monotonic
                    ),
                ),
                sequencer=sequencer,
                status=StatusApp(StatusView(storage, policy=read)),
                about=about,
            ),
            host=at.host,
            port=at.port,
            listening=lambda url: announce({"url": url, **about}),
            jobs=[sequencer.run, publisher.run],
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


def _panel(policy: Policy) -> Panel:
    asked: list[Cosigner] = []
    mirrors = mirrors_of(policy)
    for party in policy.witnesses.values():
        if party.url is None:
            raise UsageError(f"the witness {party.vkey.name} has no address")
        kind = MirrorCosigner if party in mirrors else Cosigner
        asked.append(kind(party.vkey, party.url))
    return Panel(cosigners=asked, policy=policy)
