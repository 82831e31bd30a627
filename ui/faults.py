"""One plain sentence for each way the machinery can fail."""

from __future__ import annotations

import errno

from PySide6.QtCore import QCoreApplication

from wallet import errors, words
from wallet.verdict import Reason


def sentence_for(error: Exception) -> str:
    """Say what happened and what to do next."""
    if isinstance(error, errors.RefusedError):
        return words.sentence(error.reason)
    if isinstance(error, errors.LedgerForkedError):
        return words.sentence(Reason.LEDGER_FORKED)
    if isinstance(error, OSError) and not isinstance(error, errors.WalletError):
        return _file_sentence(error)
    for kind, sentence in _SENTENCES.items():
        if isinstance(error, kind):
            return _tr(sentence)
    from wallet.actions.patient.stick import StickError  # noqa: PLC0415 - start-up time

    if isinstance(error, StickError):
        return _tr(str(error))  # it says what the drive did, and what to do
    return _tr(
        "That did not work, and the reason is not one we know. Nothing was lost. "
        "Try again; if it happens again, close Heartwood and open it anew."
    )


_SENTENCES: dict[type[Exception], str] = {
    errors.PassphraseWrongError: "That is not the passphrase of this wallet. "
    "Try again; capital letters count.",
    errors.SlotsDamagedError: "The small file that locks your wallet is damaged. "
    "Nothing was changed. Keep this folder as it is, and have your 24 words ready "
    "when you ask for help.",
    errors.SlotsForeignError: "The file that locks this wallet belongs to another "
    "wallet, or to an older copy of this one. Nothing was changed. Put back the "
    "newest copy of the folder.",
    errors.HomeBusyError: "Your wallet is already open in another window. "
    "Use that window, or close it and try again.",
    errors.HomeMissingError: "There is no wallet in this folder.",
    errors.StoreDamagedError: "The records on this computer cannot be read: the file "
    "is damaged. Nothing was changed. Keep the folder as it is and go back to your "
    "latest copy.",
    errors.UnreachableError: "There is no connection right now. What you signed is "
    "kept safe and is sent as soon as there is one.",
    errors.TurnedAwayError: "The other side turned this away. Nothing was lost. "
    "Try again later.",
    errors.CancelledError: "Stopped, as you asked.",
    errors.UsageError: "That cannot be done like this. Check what you chose and try "
    "again.",
}


def _file_sentence(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return _tr("There is not enough room. Free some space, or use another drive.")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return _tr("Heartwood may not write there. Choose another folder or drive.")
    if error.errno == errno.ENOENT:
        return _tr("This file or folder is no longer there. Was a drive taken out?")
    return _tr("This drive or folder does not answer. Was it taken out?")


def _tr(text: str) -> str:
    return QCoreApplication.translate("faults", text)
