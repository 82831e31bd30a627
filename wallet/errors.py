"""What can go wrong in the machinery; answers about the world are Verdicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wallet.verdict import Reason


class WalletError(Exception):
    """A fault of the world or the machine. Its text never holds a secret or a name."""


class RefusedError(WalletError):
    """Bytes that must not be used, with the reason a check would give.

    Raised by parsers and primitives; a check turns it into a Verdict.
    """

    def __init__(self, reason: Reason, place: str) -> None:
        """Keep the reason and the name of the field or step that failed."""
        super().__init__(f"{reason.value}: {place}")
        self.reason = reason
        self.place = place


class UsageError(WalletError):
    """The caller asked for something that does not exist or does not fit (exit 2)."""


class PassphraseWrongError(WalletError):
    """No slot opens with what was typed."""


class SlotsDamagedError(WalletError):
    """The slots file is not what was written."""


class SlotsForeignError(WalletError):
    """The slots file belongs to another vault, or is older than the vault."""


class HomeBusyError(WalletError):
    """Another process holds the lock of this home."""


class HomeMissingError(WalletError):
    """There is no wallet, desk or issuer in this home."""


class StoreDamagedError(WalletError):
    """The encrypted store cannot be read with its key."""


class StoreUnreachableError(WalletError):
    """The database of a server does not answer, or not in time."""

    def __init__(self, detail: str) -> None:
        """Keep the kind of failure, never what was asked or where."""
        super().__init__(f"the database does not answer: {detail}")


class UnreachableError(WalletError):
    """A server did not answer, or answered something that is not an answer."""

    def __init__(self, what: str, detail: str = "") -> None:
        """Name the kind of server ("ledger", "relay", "witness") and the failure."""
        super().__init__(f"{what} unreachable{': ' + detail if detail else ''}")
        self.what = what


class BusyError(UnreachableError):
    """A server is there and says that it cannot just now: ask it again in a moment."""


class LeadLostError(WalletError):
    """Another server of the same ledger has gone on meanwhile; nothing was changed."""


class TurnedAwayError(WalletError):
    """A server answered no: an HTTP status and its one-line reason."""

    def __init__(self, status: int, detail: str) -> None:
        """Keep the HTTP status, so that callers can tell busy from wrong."""
        super().__init__(f"refused with {status}: {detail}")
        self.status = status
        self.detail = detail


class LedgerForkedError(WalletError):
    """Two checkpoints signed by one ledger cannot both be true."""

    def __init__(self, *, trusted: bytes, offered: bytes) -> None:
        """Keep both signed notes: together they are the evidence."""
        super().__init__("the ledger showed two different histories")
        self.trusted = trusted
        self.offered = offered


class HistoryMissingError(WalletError):
    """A ledger's database holds less than the ledger has signed: it signs nothing."""

    def __init__(self, *, signed: int, held: int) -> None:
        """Name both sizes."""
        super().__init__(
            f"this ledger has signed {signed} entries, its database holds {held}, "
            "and no mirror gives the others"
        )
        self.signed, self.held = signed, held


class CancelledError(WalletError):
    """The person stopped the work; nothing is half-written."""
