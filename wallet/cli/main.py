"""The `heartwood` command: finds the module of the first word and runs it.

Only that module is imported, so that `verify` never loads a window or a store.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from wallet.cli.answer import CANNOT_TELL, FAULT, STOP, USAGE, Answer, refused
from wallet.errors import (
    HomeMissingError,
    LedgerForkedError,
    PassphraseWrongError,
    RefusedError,
    UnreachableError,
    UsageError,
    WalletError,
)
from wallet.verdict import Reason
from wallet.words import sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

_ROOMS = {
    "wallet.cli.patient": (
        "init",
        "unlock-test",
        "passphrase",
        "erase",
        "import",
        "records",
    ),
    "wallet.cli.sharing": ("sync", "card", "grant"),
    "wallet.cli.activity": ("activity",),
    "wallet.cli.emergency": ("emergency-card",),
    "wallet.cli.usb": ("usb",),
    "wallet.cli.clinic": ("clinic",),
    "wallet.cli.ledger": ("ledger",),
    "wallet.cli.board": ("board",),
    "wallet.cli.relay": ("relay",),
    "wallet.cli.demo": ("demo",),
    "wallet.cli.verify": ("verify",),
}
_HOME_OF = {word: room for room, words in _ROOMS.items() for word in words}
_VALUED = ("--home", "--passphrase-file")


class _Parser(argparse.ArgumentParser):
    """Options are written out: an abbreviation that works today may not tomorrow."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 argparse's own
        super().__init__(**{**settings, "allow_abbrev": False})

    def error(self, message: str) -> NoReturn:
        raise UsageError(message)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code (DESIGN.md 6)."""
    given = list(sys.argv[1:] if argv is None else argv)
    as_json = "--json" in given
    try:
        answer = _run(given)
    except SystemExit as leaving:  # argparse printed its help
        return int(leaving.code or 0)
    except KeyboardInterrupt:
        answer = _fault("Stopped.")
    except WalletError as error:
        answer = _from_error(error)
    except OSError as error:
        answer = _fault(f"This computer said no: {error.strerror or 'no reason'}.")
    except Exception as error:  # noqa: BLE001 a trace could show what records say
        answer = _fault(_where(error))
    _show(answer, as_json=as_json)
    return answer.code


def _run(given: list[str]) -> Answer:
    shared, rest = _split(given)
    if not rest or rest[0] in ("-h", "--help"):
        said = "heartwood [--home DIR] [--json] COMMAND: " + _listed()
        if not rest:
            raise UsageError(said)
        return Answer(text=said)
    room = _HOME_OF.get(rest[0])
    if room is None or importlib.util.find_spec(room) is None:
        raise UsageError(f"there is no command {rest[0]}; there are: {_listed()}")
    parser = _Parser(prog="heartwood")
    importlib.import_module(room).add_commands(parser.add_subparsers(required=True))
    args = parser.parse_args(rest, namespace=shared)
    answer: Answer = args.run(args)
    return answer


def _split(given: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Take the options every command shares from wherever they stand."""
    shared = argparse.Namespace(home=None, passphrase_file=None, json=False)
    rest: list[str] = []
    words = iter(given)
    for word in words:
        option, equals, value = word.partition("=")
        if word == "--":
            rest += [word, *words]
        elif word == "--json":
            shared.json = True
        elif option in _VALUED:
            if not equals:
                value = next(words, "")
            if not value:
                raise UsageError(f"{option} needs a value")
            setattr(shared, option[2:].replace("-", "_"), Path(value))
        else:
            rest.append(word)
    return shared, rest


def _listed() -> str:
    return ", ".join(
        word for word, room in _HOME_OF.items() if importlib.util.find_spec(room)
    )


def _fault(said: str) -> Answer:
    return Answer(code=FAULT, data={"reason": "fault", "sentence": said}, text=said)


def _where(error: Exception) -> str:
    """Name a mistake of ours by its kind and line; its text may hold anything."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(last.filename).name}, line {last.lineno}"
    return f"This is a mistake in Heartwood: {type(error).__name__} in {place}."


def _from_error(error: WalletError) -> Answer:
    if isinstance(error, RefusedError):
        return refused(error.reason, place=error.place)
    if isinstance(error, LedgerForkedError):
        return refused(Reason.LEDGER_FORKED)
    if isinstance(error, UnreachableError):
        relay = error.what == "relay"
        return refused(Reason.RELAY_UNREACHABLE if relay else Reason.LEDGER_UNREACHABLE)
    code, reason = FAULT, "fault"
    if isinstance(error, PassphraseWrongError):
        code, reason = STOP, "wrong_passphrase"
    elif isinstance(error, (UsageError, HomeMissingError)):
        code, reason = USAGE, "usage"
    said = f"{error}"
    said = said[:1].upper() + said[1:] + ("" if said.endswith(".") else ".")
    return Answer(code=code, data={"reason": reason, "sentence": said}, text=said)


def _show(answer: Answer, *, as_json: bool) -> None:
    """Print one JSON object, or the text a person reads."""
    if as_json:
        ok = answer.code == 0
        data = {"ok": ok, **answer.data}
        if not ok and "reason" in data and "sentence" not in data:
            data["sentence"] = sentence(Reason(data["reason"]))
        print(json.dumps(data, ensure_ascii=False), flush=True)
    elif answer.text:
        out = sys.stdout if answer.code in (0, STOP, CANNOT_TELL) else sys.stderr
        print(answer.text, file=out, flush=True)


if __name__ == "__main__":
    sys.exit(main())
