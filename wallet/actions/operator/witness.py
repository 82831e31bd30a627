"""Run a witness: HOME holds witness.key and witness.db."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING

from wallet.actions.operator.keys import (
    WITNESS_MLDSA,
    mldsa_signer,
    signer,
    witness_key,
)
from wallet.actions.operator.listening import Kinds
from wallet.server.http.serve import until_signalled
from wallet.server.witness.http import WitnessApp
from wallet.server.witness.witness import Witness

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wallet.actions.operator.listening import Announce, Listening
    from wallet.ledger.checkpoint import Vkey


def serve_witness(
    home: Path,
    *,
    name: str,
    logs: Sequence[Vkey],
    at: Listening,
    announce: Announce,
    kinds: Kinds = Kinds.ED25519,
) -> None:
    """Run the witness of *home* until it is told to stop."""
    vkey = witness_key(home, name)
    with closing(
        Witness(
            home / "witness.db",
            name=name,
            signer=signer(home / "witness.key"),
            logs=logs,
            mldsa=mldsa_signer(home / WITNESS_MLDSA) if kinds is Kinds.BOTH else None,
        )
    ) as witness:
        vkeys = [one.text for one in witness.vkeys]
        until_signalled(
            WitnessApp(witness, clock=time.time),
            host=at.host,
            port=at.port,
            listening=lambda url: announce(
                {"url": url, "vkey": vkey.text, "vkeys": vkeys}
            ),
        )
