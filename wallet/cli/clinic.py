"""`heartwood clinic`: a desk that is given permissions, checks them and opens them."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from wallet.actions import encounter
from wallet.actions.clinic import cards, checking, opening, sending
from wallet.actions.clinic.home import Clinic, ClinicHome, create, enter
from wallet.actions.live_network import LiveNetwork
from wallet.actions.locking import locked
from wallet.actions.waiting import Waiting
from wallet.cli import passphrase
from wallet.cli.answer import Answer, from_verdict, refused, rfc3339
from wallet.cli.watching import watch
from wallet.errors import UsageError
from wallet.grants.receipt import Manner
from wallet.verdict import Reason, Sender, Verdict

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Collection, Iterator
    from typing import TypeAlias

    from wallet.desk.desk import StoredReceipt

    _P: TypeAlias = argparse.ArgumentParser

PERMISSION_NAME = "permission.hwgrant"
PACKAGE_NAME = "package.hwp"
_MOST = (1 << 20) + 1  # no file a desk is handed is larger; packages are not read here
_UNWITNESSED = "Nobody witnesses this ledger: its operator alone is believed."
_BEHIND = "This computer's clock is behind the ledger's; please set it."
PACKAGE_SUFFIX = ".hwp"
STICK_FOLDER = "Heartwood"
_UNLOGGED = (
    "Opened from a stick. The patient learns of it when this desk is next connected."
)


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare `clinic init|card|sync|check|accept|open|confirm|receipts`."""
    clinic = commands.add_parser("clinic", help="the desk of a doctor or a clinic")
    words = clinic.add_subparsers(required=True)

    def add(word: str, run: Callable[[argparse.Namespace], Answer], said: str) -> _P:
        made: _P = words.add_parser(word, help=said)
        made.set_defaults(run=run)
        return made

    init = add("init", _init, "make a desk with new keys")
    init.add_argument("--trust", type=Path, help="folder with policies and addresses")
    card = add("card", _card, "ask a board, sign the card, or copy it")
    card.add_argument("--out", type=Path, required=True)
    card.add_argument("--accreditation", type=Path, help="the board's answer")
    card.add_argument("--relay", help="address of the relay patients leave records at")
    add("sync", _sync, "bring the ledger copy up to date, send what is owed")
    check = add("check", _check, "may this permission be used?")
    check.add_argument("grant", type=Path)
    check.add_argument("--at", type=_moment, help="the moment asked about")
    check.add_argument("--purpose")
    check.add_argument(
        "--bundle",
        type=Path,
        action="append",
        default=[],
        help="proof of a state that came along, for a desk without a fresh copy",
    )
    accept = add("accept", _accept, "take a permission or a withdrawal handed over")
    accept.add_argument("file", type=Path)
    open_ = add("open", _open, "open the records into a new folder")
    open_.add_argument("grant", type=Path)
    open_.add_argument("--out", type=Path, required=True)
    open_.add_argument("--purpose")
    open_.add_argument("--staff", help="who asks, for the receipt")
    open_.add_argument("--wait", type=float, default=30.0)
    confirm = add("confirm", _confirm, "tie a permission's key to a chart, in person")
    confirm.add_argument("grant", type=Path)
    confirm.add_argument("--chart", required=True)
    add("receipts", _receipts, "receipts this desk has signed")


def _now() -> datetime:
    return datetime.now(UTC)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text} is no time such as 2026-11-24T14:05:00Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _home(args: argparse.Namespace) -> ClinicHome:
    if args.home is None:
        raise UsageError("say which home: --home DIR")
    return ClinicHome(args.home)


@contextmanager
def _unlocked(args: argparse.Namespace) -> Iterator[Clinic]:
    home = _home(args)
    with locked(home.folder):
        clinic = enter(home, passphrase=passphrase.read(args))
        try:
            yield clinic
        finally:
            clinic.close()


@contextmanager
def _connected(clinic: Clinic) -> Iterator[LiveNetwork]:
    network = LiveNetwork(clinic.home.folder)
    try:
        yield network
    finally:
        network.close()


def _file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MOST)
    except OSError:
        raise UsageError(f"{path.name} cannot be read") from None


def _grant_file(path: Path) -> tuple[bytes, Path | None]:
    """A grant file, or a stick that holds one; and the package beside it."""
    file = _handed_over(path)
    beside = (file.with_suffix(PACKAGE_SUFFIX), file.parent / PACKAGE_NAME)
    return _file(file), next((one for one in beside if one.is_file()), None)


def _handed_over(path: Path) -> Path:
    """The grant file itself, where a folder or stick was named."""
    if not path.is_dir():
        return path
    inside = path / STICK_FOLDER / PERMISSION_NAME
    return inside if inside.is_file() else path / PERMISSION_NAME


def _init(args: argparse.Namespace) -> Answer:
    home = _home(args)
    home.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locked(home.folder):
        keys = create(home, passphrase=passphrase.choose(args), trust=args.trust)
    return Answer(
        data={"home": str(home.folder), "reader_id": keys.reader_id.hex()},
        text="This desk has its keys. Next: clinic card --out REQUEST, for your board.",
    )


def _card(args: argparse.Namespace) -> Answer:
    with _unlocked(args) as clinic:
        if args.accreditation is not None:
            relay = args.relay or clinic.home.relay_url()
            answer = _file(args.accreditation)
            card = cards.make_card(clinic, answer, relay=relay, now=_now())
        elif clinic.card is not None:
            card = clinic.card
        else:
            args.out.write_bytes(cards.request(clinic))
            return Answer(
                data={"kind": "request", "file": str(args.out)},
                text=f"Hand {args.out.name} to your board; it answers with a file.",
            )
        args.out.write_bytes(card.raw)
        with suppress(UsageError), _connected(clinic) as network:
            encounter.leave(network, card.origin, args.out)
        words = cards.spoken(card)
        data = {
            "kind": "card",
            "file": str(args.out),
            "reader_id": card.reader_id.hex(),
            "name": card.body.name,
            "role": card.body.role,
            "words": [word for _, word in words],
        }
        spoken = " ".join(word for _, word in words)
        return Answer(data=data, text=f"The card of {card.body.name}: {spoken}")


def _sync(args: argparse.Namespace) -> Answer:
    with _unlocked(args) as clinic, _connected(clinic) as network:
        done = sending.sync(clinic, network, watch=watch())
        copies = [
            {
                "origin": origin,
                "size": view.size,
                "as_of": rfc3339(view.quorum_time),
            }
            for origin in network.origins
            if (view := network.view(origin)) is not None
        ]
        unwitnessed = network.is_unwitnessed
    more = {
        "copies": copies,
        "receipts_sent": done.sent,
        "receipts_owed": done.owed,
        "unwitnessed": unwitnessed,
    }
    if done.reason is not Reason.GO_AHEAD:
        return refused(done.reason, **more)
    said = f"Up to date. Receipts sent: {done.sent}, still owed: {done.owed}."
    return Answer(data=more, text=f"{said} {_UNWITNESSED}" if unwitnessed else said)


def _check(args: argparse.Namespace) -> Answer:
    data, _ = _grant_file(args.grant)
    with _unlocked(args) as clinic, _connected(clinic) as network:
        forked = encounter.fork_heard(network, _handed_over(args.grant))
        checked = checking.check(
            clinic,
            data,
            network,
            now=_now(),
            at=args.at,
            purpose=args.purpose,
            stapled=[network.stapled(_file(path)) for path in args.bundle],
        )
        unwitnessed = network.is_unwitnessed
    verdict = encounter.outweighed(checked.verdict, forked=forked)
    answer = _judged(replace(checked, verdict=verdict))
    if unwitnessed:
        answer = replace(answer, text=f"{answer.text} {_UNWITNESSED}")
    return replace(answer, data={**answer.data, "unwitnessed": unwitnessed})


def _accept(args: argparse.Namespace) -> Answer:
    data = _file(args.file)
    with _unlocked(args) as clinic:
        if checking.is_stop_file(data):
            leaf = checking.accept(clinic, data, now=_now())
            said = "The withdrawal is honoured at this desk from now on."
            return Answer(data={"kind": "withdrawal", "entry": leaf.hex()}, text=said)
        taken = checking.take(clinic, data, now=_now())
    words = [word for _, word in taken.words]
    more = {
        "kind": "permission",
        "entry": taken.grant.leaf.hex(),
        "sender": taken.sender.value,
        "words": words,
    }
    said = "This desk holds the permission now."
    if taken.sender is Sender.NEW:
        said += (
            f" The patient's screen must show: {' '.join(words)}. If it does, in "
            "person, tie it to a chart: clinic confirm GRANT --chart NAME."
        )
    return Answer(data=more, text=said)


def _open(args: argparse.Namespace) -> Answer:
    data, package = _grant_file(args.grant)
    with _unlocked(args) as clinic, _connected(clinic) as network:
        encounter.hear(network, _handed_over(args.grant))
        opened = opening.open_records(
            clinic,
            data,
            network,
            out=args.out,
            package=package,
            asking=opening.Asking(
                purpose=args.purpose,
                staff=args.staff,
                waiting=Waiting(patience=args.wait),
            ),
        )
    offline = opened.manner is Manner.OFFLINE
    answer = from_verdict(
        opened.verdict,
        out=str(args.out),
        files=list(opened.files),
        receipt=opened.place,
        manner="offline" if offline else "relay",
        detail=opened.verdict.detail,
    )
    if answer.code == 0:
        said = _UNLOGGED if offline else "A receipt is in the ledger."
        count, forms = len(opened.files), _forms(opened.files)
        text = f"{count} files in {args.out}. {forms}{said}"
        return Answer(data=answer.data, text=text)
    return answer


def _forms(files: Collection[str]) -> str:
    """Which file is for whom, of those that every package has."""
    known = (
        ("START-HERE.html", "to read"),
        ("health-records-xdm.zip", "for your records system (C-CDA)"),
        ("fhir/ips.json", "a summary (IPS)"),
    )
    said = [f"{name} is {what}" for name, what in known if name in files]
    return f"{'; '.join(said)}. " if said else ""


def _confirm(args: argparse.Namespace) -> Answer:
    data, _ = _grant_file(args.grant)
    with _unlocked(args) as clinic:
        words = checking.confirm(clinic, data, chart=args.chart, now=_now())
    spoken = " ".join(word for _, word in words)
    return Answer(
        data={"chart": args.chart, "words": [word for _, word in words]},
        text=f"Tied to the chart. The words that were compared: {spoken}.",
    )


def _receipts(args: argparse.Namespace) -> Answer:
    with _unlocked(args) as clinic:
        rows = [_row(receipt) for receipt in clinic.desk.receipts()]
    lines = [f"{row['at']}  {row['manner']:7}  {row['state']}" for row in rows]
    return Answer(data={"receipts": rows}, text="\n".join(lines) or "No receipts yet.")


def _row(receipt: StoredReceipt) -> dict[str, object]:
    return {
        "grant": receipt.leaf.hex(),
        "place": receipt.place,
        "at": rfc3339(receipt.made_at),
        "manner": "offline" if receipt.manner is Manner.OFFLINE else "relay",
        "state": receipt.state.value,
        "index": receipt.index,
    }


def _judged(checked: checking.Checked) -> Answer:
    verdict: Verdict = checked.verdict
    more: dict[str, object] = {"detail": verdict.detail}
    if checked.grant is not None:
        permission = checked.grant.permission
        more |= {
            "purpose": permission.purpose,
            "starts": rfc3339(datetime.fromtimestamp(permission.begins, tz=UTC)),
            "ends": rfc3339(datetime.fromtimestamp(permission.ends, tz=UTC)),
            "entry": checked.grant.leaf.hex(),
            "index": checked.index,
        }
    answer = from_verdict(verdict, **more, clock_behind=checked.clock_behind)
    if checked.clock_behind:
        return replace(answer, text=f"{answer.text} {_BEHIND}")
    return answer
