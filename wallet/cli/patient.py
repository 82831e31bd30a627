"""`heartwood init|unlock-test|passphrase|erase|import|records`: a wallet by command."""

from __future__ import annotations

import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wallet.actions.patient import home as homes
from wallet.actions.patient import records
from wallet.cli import apart, byhand, comparing, passphrase, saving
from wallet.cli.answer import Answer, rfc3339
from wallet.cli.importing import bring_in
from wallet.cli.new_file import fresh
from wallet.cli.unlock import as_text, home_of, unlocked
from wallet.errors import CancelledError, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from wallet.actions.patient.records import Listing, Record, RecordPage

    _P: TypeAlias = argparse.ArgumentParser

_ALL = 1 << 31
_ASKED = 3
_ONCE = (
    "These 24 words are the only way back if you forget the passphrase or lose this "
    "computer.\nWrite them on paper, in this order. They are not shown again."
)


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the commands of a wallet and its records."""

    def add(word: str, run: Callable[[argparse.Namespace], Answer], said: str) -> _P:
        made: _P = commands.add_parser(word, help=said)
        made.set_defaults(run=run)
        return made

    init = add("init", _init, "make a wallet and show its 24 words once")
    init.add_argument("--trust", type=Path, help="folder with policies and addresses")
    add("unlock-test", _unlock_test, "does the passphrase open the wallet?")
    word = commands.add_parser("passphrase", help="the passphrase of the wallet")
    change = word.add_subparsers(required=True).add_parser("change")
    change.add_argument("--new-passphrase-file", type=Path, metavar="F")
    change.set_defaults(run=_change_passphrase)
    erase = add("erase", _erase, "erase one record, or the whole wallet")
    erase.add_argument("id", nargs="?", help="the record; without it everything goes")
    erase.add_argument("--yes", action="store_true", help="do not ask again")
    bring = add("import", bring_in, "bring in records from files and folders")
    bring.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    bring.add_argument(
        "--columns",
        default="",
        metavar="WHAT",
        help="for tables: test=NAME,value=NAME,date=NAME:dmy; it is remembered",
    )
    bring.add_argument(
        "--review", action="store_true", help="say what they would bring; save nothing"
    )
    bring.add_argument(
        "--mine", action="store_true", help="all of these are about you; do not ask"
    )
    _add_records(commands)


def _add_records(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
) -> None:
    words = commands.add_parser(
        "records", help="look through the records"
    ).add_subparsers(required=True)
    listed = words.add_parser("list", help="newest first")
    found = words.add_parser("search", help="every record that holds these words")
    found.add_argument("text", nargs="+")
    for one in (listed, found):
        one.add_argument("--category")
        one.add_argument("--limit", type=int, default=_ALL)
    listed.add_argument("--offset", type=int, default=0)
    listed.set_defaults(run=_list)
    found.set_defaults(run=_search)
    show = words.add_parser("show", help="everything about one record")
    show.add_argument("id")
    show.add_argument(
        "--original", type=Path, metavar="FILE", help="write what it came out of"
    )
    show.set_defaults(run=_show)
    byhand.add_commands(words)
    saving.add_commands(words)
    comparing.add_commands(words)
    apart.add_commands(words)


def _now() -> datetime:
    return datetime.now(UTC)


def _init(args: argparse.Namespace) -> Answer:
    home = home_of(args)
    words = homes.create_wallet(home, passphrase=as_text(passphrase.choose(args)))
    if args.trust is not None:
        homes.add_trust(home, args.trust)
    data = {"home": str(home.folder), "words": list(words)}
    if not args.json and sys.stdin.isatty() and sys.stdout.isatty():
        _show_once(words)
        return Answer(data=data, text="The wallet is ready.")
    return Answer(data=data, text=f"{_ONCE}\n\n{_numbered(words)}")


def _numbered(words: Sequence[str]) -> str:
    rows = [f"{number:2}. {word:<10}" for number, word in enumerate(words, start=1)]
    return "\n".join("".join(rows[n : n + 4]).rstrip() for n in range(0, len(rows), 4))


def _show_once(words: Sequence[str]) -> None:
    """Show the words on the terminal, then ask for three of them."""
    print(f"{_ONCE}\n\n{_numbered(words)}\n")
    input("Press Enter when they are on paper. ")
    print("\033[2J\033[3J\033[H", end="")
    asked = sorted(secrets.SystemRandom().sample(range(len(words)), _ASKED))
    for number in asked:
        while input(f"Word {number + 1}: ").strip().lower() != words[number]:
            print("That is not the word on your paper. Look once more.")


def _unlock_test(args: argparse.Namespace) -> Answer:
    with unlocked(args) as wallet:
        total = records.counts(wallet).total
    return Answer(
        data={"records": total},
        text=f"The passphrase opens this wallet. It holds {total} records.",
    )


def _change_passphrase(args: argparse.Namespace) -> Answer:
    home = home_of(args)
    old = as_text(passphrase.read(args))
    chosen = passphrase.choose_new(args.new_passphrase_file)
    homes.change_passphrase(home, old=old, new=as_text(chosen))
    return Answer(
        text="The new passphrase opens this wallet. A copy of the old file of keys "
        "still opens with the old one: delete such copies."
    )


def _erase(args: argparse.Namespace) -> Answer:
    if args.id is not None:
        with unlocked(args) as wallet:
            _confirm(args, "Erase this record for ever?")
            refused = records.erase(wallet, args.id, now=_now())
        said = "The record is erased. It cannot be brought back."
        if refused:
            said += " What waited to be sent with it in it is not sent; share again."
        return Answer(data={"not_sent": list(refused)}, text=said)
    home = home_of(args)
    typed = as_text(passphrase.read(args))
    _confirm(args, "Erase this wallet with every record in it for ever?")
    homes.erase_wallet(home, passphrase=typed)
    return Answer(
        text="The wallet is erased. What others were given is still theirs to keep."
    )


def _confirm(args: argparse.Namespace, question: str) -> None:
    if args.yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("say --yes to erase")
    if input(f"{question} Type ERASE: ").strip() != "ERASE":
        raise CancelledError("nothing was erased")


def _list(args: argparse.Namespace) -> Answer:
    _check_window(args)
    with unlocked(args) as wallet:
        listing = records.timeline(
            wallet, category=args.category, offset=args.offset, limit=args.limit
        )
    return _listing(listing)


def _search(args: argparse.Namespace) -> Answer:
    _check_window(args)
    with unlocked(args) as wallet:
        listing = records.search(
            wallet, " ".join(args.text), category=args.category, limit=args.limit
        )
    return _listing(listing)


def _check_window(args: argparse.Namespace) -> None:
    if args.limit < 0 or getattr(args, "offset", 0) < 0:
        raise UsageError("a limit or an offset is not negative")


def _listing(listing: Listing) -> Answer:
    lines = [_line(record) for record in listing.records]
    lines.append(f"{len(listing.records)} of {listing.total} records.")
    return Answer(
        data={
            "records": [_as_json(record) for record in listing.records],
            "total": listing.total,
        },
        text="\n".join(lines),
    )


def _line(record: Record) -> str:
    said = f"{record.value} {record.unit}".strip()
    day = record.start_as_written[:10] or "no date"
    return f"{record.scope_id}  {day:<10}  {record.title}  {said}".rstrip()


def _as_json(record: Record) -> dict[str, Any]:
    return {
        "id": record.scope_id,
        "category": record.category,
        "title": record.title,
        "start": rfc3339(record.start),
        "precision": record.start_precision,
        "written": record.start_as_written,
        "value": record.value,
        "unit": record.unit,
        "status": record.status,
        "provider": record.provider,
        "source": record.source_name,
        "labels": [label.code for label in record.labels],
        "versions": record.versions,
        "sources": record.sources,
        "type": record.rtype,
    }


def _show(args: argparse.Namespace) -> Answer:
    if args.original is not None:
        return _original(args)
    with unlocked(args) as wallet:
        page = records.show(wallet, args.id)
    lines = [page.title, *(f"  {name}: {said}" for name, said in page.facts)]
    lines += [f"  {name}: {said}" for name, said in page.provenance]
    lines += byhand.page_lines(page)
    if len(page.sources) > 1:
        lines.append(f"  Seen in {len(page.sources)} sources:")
        lines += [f"    {one.name}, {one.arrived:%Y-%m-%d}" for one in page.sources]
    return Answer(data=_page_json(page), text="\n".join(lines))


def _page_json(page: RecordPage) -> dict[str, Any]:
    return {
        "id": page.key,
        "category": page.category,
        "title": page.title,
        "when": page.when,
        "start": rfc3339(page.start),
        "facts": [list(row) for row in page.facts],
        "provenance": [list(row) for row in page.provenance],
        "labels": list(page.labels),
        "versions": [
            {
                "number": version.number,
                "arrived": rfc3339(version.arrived),
                "source": version.source_name,
                "place": version.place,
                "yours": version.by_patient,
                "holds": version.holds,
                "changes": [
                    [one.name, one.before, one.after] for one in version.changes
                ],
            }
            for version in page.versions
        ],
        "sources": [
            {
                "name": one.name,
                "organisation": one.org,
                "format": one.format,
                "arrived": rfc3339(one.arrived),
                "place": one.place,
                "id": one.record_id.hex(),
            }
            for one in page.sources
        ],
        **byhand.page_json(page),
        "resource": page.raw,
    }


def _original(args: argparse.Namespace) -> Answer:
    out = args.original
    with unlocked(args) as wallet, fresh(out) as sink:
        held = records.save_original(wallet, args.id, sink)
    return Answer(
        data={
            "file": str(out),
            "format": held.form,
            "place": held.place,
            "reader": held.reader,
        },
        text=f"What this record came out of is in {out}. Anybody who has the file "
        "can read it.",
    )
