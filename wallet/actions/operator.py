"""What the operator of a ledger or of a witness does.

HOME: log.key and operator.key, ledger.origin, ledger.db, signed.db of a ledger;
witness.key and witness.db of a witness. Keys lie plain, for a server starts by itself.
"""

from __future__ import annotations

import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallet.errors import UsageError
from wallet.keys import keyfile
from wallet.keys.signing import Signer
from wallet.ledger.checkpoint import (
    COSIGNATURE_KIND,
    LOG_KIND,
    Vkey,
    parse_note,
    vkey_for,
)
from wallet.ledger.fetch import LedgerClient
from wallet.ledger.policy import Policy
from wallet.server.admission import Admission
from wallet.server.cosigners import Cosigner
from wallet.server.difficulty import Difficulty
from wallet.server.ledger_http import LedgerApp
from wallet.server.panel import Panel
from wallet.server.publisher import Pace, Publisher
from wallet.server.sequencer import Sequencer
from wallet.server.serve import until_signalled
from wallet.server.sign_lock import SignLock
from wallet.server.storage_sqlite import LedgerStorage
from wallet.server.witness import Witness
from wallet.server.witness_http import WitnessApp

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import Any

    Announce = Callable[[dict[str, Any]], None]

DEFAULT_ORIGIN = "localhost/heartwood"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Where a server listens."""

    host: str = "127.0.0.1"
    port: int = 0


def log_key(home: Path, origin: str | None) -> Vkey:
    """The verifier key of the ledger in *home*; drawn if there is none.

    Raises:
        UsageError: the home is another ledger's.
    """
    name = _origin(home, origin)
    return _vkey(name, LOG_KIND, _signer(home / "log.key").public)


def witness_key(home: Path, name: str) -> Vkey:
    """The verifier key of the witness in *home*; drawn if there is none."""
    return _vkey(name, COSIGNATURE_KIND, _signer(home / "witness.key").public)


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
    operator = _signer(home / "operator.key")
    about = {
        "origin": vkey.name,
        "vkey": vkey.text,
        "operator": operator.public.hex(),
        "policy": text,
    }
    with ExitStack() as held:
        lock = SignLock(home / "signed.db", _signer(home / "log.key"))
        held.enter_context(closing(lock))
        storage = held.enter_context(closing(LedgerStorage(home / "ledger.db")))
        panel = held.enter_context(closing(_panel(read)))
        sequencer = Sequencer(storage)
        publisher = Publisher(
            storage=storage,
            sequencer=sequencer,
            lock=lock,
            operator=operator,
            log_public=vkey.public,
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
                about=about,
            ),
            host=at.host,
            port=at.port,
            listening=lambda url: announce({"url": url, **about}),
            jobs=[sequencer.run, publisher.run],
        )


def serve_witness(
    home: Path,
    *,
    name: str,
    logs: Sequence[Vkey],
    at: Listening,
    announce: Announce,
) -> None:
    """Run the witness of *home* until it is told to stop."""
    vkey = witness_key(home, name)
    signer = _signer(home / "witness.key")
    with closing(
        Witness(home / "witness.db", name=name, signer=signer, logs=logs)
    ) as witness:
        until_signalled(
            WitnessApp(witness, clock=time.time),
            host=at.host,
            port=at.port,
            listening=lambda url: announce({"url": url, "vkey": vkey.text}),
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
    asked = []
    for party in policy.witnesses.values():
        if party.url is None:
            raise UsageError(f"the witness {party.vkey.name} has no address")
        asked.append(Cosigner(party.vkey, party.url))
    return Panel(cosigners=asked, policy=policy)


def _origin(home: Path, asked: str | None) -> str:
    """The origin of a home never changes once it is written."""
    kept = home / "ledger.origin"
    if kept.exists():
        origin = kept.read_text("utf-8").strip()
        if asked not in (None, origin):
            raise UsageError(f"this home is the ledger {origin}")
        return origin
    origin = asked or DEFAULT_ORIGIN
    _vkey(origin, LOG_KIND, _signer(home / "log.key").public)
    kept.write_text(origin + "\n", "utf-8")
    return origin


def _vkey(name: str, kind: int, public: bytes) -> Vkey:
    try:
        return vkey_for(name, kind, public)
    except ValueError:
        raise UsageError(f"{name} is no name for a ledger or witness") from None


def _signer(path: Path) -> Signer:
    if not path.exists():
        keyfile.create(path, passphrase=None)
    return Signer.from_seed(keyfile.load(path, passphrase=None))
