"""The keys of an operator's homes, drawn where they are missing.

HOME: log.key and operator.key, ledger.origin of a ledger; witness.key of a witness;
mirror.key of a mirror; log.ml-dsa.key or witness.ml-dsa.key where it signs with both
kinds of key. They lie plain, for a server starts by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.errors import UsageError
from wallet.keys import keyfile
from wallet.keys.mldsa import MldsaSigner
from wallet.keys.signing import Signer
from wallet.ledger.checkpoint import (
    COSIGNATURE_KIND,
    LOG_KIND,
    MLDSA_KIND,
    Vkey,
    vkey_for,
)

if TYPE_CHECKING:
    from pathlib import Path

DEFAULT_ORIGIN = "localhost/heartwood"
LOG_MLDSA, WITNESS_MLDSA = "log.ml-dsa.key", "witness.ml-dsa.key"


def log_key(home: Path, origin: str | None) -> Vkey:
    """The verifier key of the ledger in *home*; drawn if there is none.

    Raises:
        UsageError: the home is another ledger's.
    """
    name = _origin(home, origin)
    return verifier(name, LOG_KIND, signer(home / "log.key").public)


def witness_key(home: Path, name: str) -> Vkey:
    """The verifier key of the witness in *home*; drawn if there is none."""
    return verifier(name, COSIGNATURE_KIND, signer(home / "witness.key").public)


def mirror_key(home: Path, name: str) -> Vkey:
    """The verifier key of the mirror in *home*; drawn if there is none."""
    return verifier(name, COSIGNATURE_KIND, signer(home / "mirror.key").public)


def log_mldsa_key(home: Path, origin: str | None) -> Vkey:
    """The ML-DSA-44 key the ledger in *home* may sign with besides.

    Raises:
        UsageError: the home is another ledger's.
    """
    public = mldsa_signer(home / LOG_MLDSA).public
    return verifier(log_key(home, origin).name, MLDSA_KIND, public)


def witness_mldsa_key(home: Path, name: str) -> Vkey:
    """The ML-DSA-44 key the witness in *home* may sign with besides."""
    return verifier(name, MLDSA_KIND, mldsa_signer(home / WITNESS_MLDSA).public)


def verifier(name: str, kind: int, public: bytes) -> Vkey:
    """The verifier key under *name*.

    Raises:
        UsageError: *name* cannot stand in a note.
    """
    try:
        return vkey_for(name, kind, public)
    except ValueError:
        raise UsageError(f"{name} is no name for a ledger or witness") from None


def signer(path: Path) -> Signer:
    """The signer whose seed lies at *path*; drawn if there is none."""
    if not path.exists():
        keyfile.create(path, passphrase=None)
    return Signer.from_seed(keyfile.load(path, passphrase=None))


def mldsa_signer(path: Path) -> MldsaSigner:
    """The ML-DSA-44 signer whose seed lies at *path*; drawn if there is none."""
    if not path.exists():
        keyfile.create(path, passphrase=None)
    return MldsaSigner.from_seed(keyfile.load(path, passphrase=None))


def _origin(home: Path, asked: str | None) -> str:
    """The origin of a home never changes once it is written."""
    kept = home / "ledger.origin"
    if kept.exists():
        origin = kept.read_text("utf-8").strip()
        if asked not in (None, origin):
            raise UsageError(f"this home is the ledger {origin}")
        return origin
    origin = asked or DEFAULT_ORIGIN
    verifier(origin, LOG_KIND, signer(home / "log.key").public)
    kept.write_text(origin + "\n", "utf-8")
    return origin
