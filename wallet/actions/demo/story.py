"""The story of DESIGN.md 1, played with the real commands, each step verified.

A step that cannot be finished because the ledger does not answer says so and goes on
when it answers again; a step whose answer is not the right one ends the story.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wallet.actions.demo.children import DemoError, Said, ask

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wallet.actions.demo.parties import Party, World

_LEAST_RECORDS = 600
_PATIENCE = 100.0
_PAUSE = 0.5
_WAIT = "5"  # seconds a command waits for a quorum before the story says so
_SIGNED = "Signed, not yet in force. "
_AWAY = {
    "ledger_unreachable": "The ledger does not answer. Waiting for it.",
    "relay_unreachable": "The relay has not answered yet. Waiting for it.",
}
_CANNOT_TELL = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A step that was played and verified."""

    title: str
    seen: str


@dataclass(slots=True, kw_only=True)
class Stage:
    """What the steps share: the world, how to ask, and what was learned so far."""

    world: World
    ask: Callable[..., Said] = ask
    say: Callable[[str], None] = lambda _: None
    mend: Callable[[], object] = lambda: None
    clock: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep
    learned: dict[str, Any] = field(default_factory=dict)

    def run(self, party: Party, *words: str | Path) -> Said:
        """Ask once, as *party*."""
        return self.ask(*words, home=party.home, passphrase_file=party.passphrase_file)

    def done(self, party: Party, *words: str | Path) -> Said:
        """Ask, and again while the answer is "cannot tell yet".

        Raises:
            DemoError: The answer is another one, or patience ran out.
        """
        deadline, told = self.clock() + _PATIENCE, False
        while True:
            said = self.run(party, *words)
            if said.code == 0:
                return said
            if said.code != _CANNOT_TELL or self.clock() > deadline:
                raise _unexpected(party, words, said)
            if not told:
                self.say(_waiting(said))
                told = True
            self.mend()
            self.pause(_PAUSE)

    def in_force(self, said: Said) -> None:
        """Wait until what was signed is under a quorum checkpoint."""
        deadline, told = self.clock() + _PATIENCE, False
        while said.code != 0 and self._pending(said["id"]):
            if self.clock() > deadline:
                raise DemoError("what was signed did not come into force in time")
            synced = self.run(self.world.patient, "sync")
            if synced.code == _CANNOT_TELL and not told:
                self.say(_SIGNED + _waiting(synced))
                told = True
            self.mend()
            self.pause(_PAUSE)

    def _pending(self, grant: str) -> bool:
        listed = self.run(self.world.patient, "grant", "list")
        for one in listed["grants"]:
            if one["id"] == grant:
                return one["pending"] is not None
        raise DemoError("a permission that was signed is not in the list")


def play(stage: Stage, told: Callable[[int, Told], None]) -> tuple[Told, ...]:
    """Play every step in order and report each when it is verified.

    Raises:
        DemoError: A step could not be verified; the sentence says which answer.
    """
    played = []
    for number, (title, step) in enumerate(STEPS, start=1):
        one = Told(title=title, seen=step(stage))
        told(number, one)
        played.append(one)
    return tuple(played)


def _bring_in(stage: Stage) -> str:
    patient = stage.world.patient
    said = stage.done(patient, "import", *stage.world.records)
    totals = said["totals"]
    _require(totals["failed"] == 0, "every record could be read", said)
    total = stage.run(patient, "records", "list")["total"]
    _require(total >= _LEAST_RECORDS, "the records are listed", said)
    again = stage.done(patient, "import", *stage.world.records)["totals"]
    _require(again["new"] == 0, "the same files add nothing", said)
    stage.learned["total"] = total
    places = len(stage.world.records)
    return f"{total} records from {places} files; the same files again add nothing."


def _old_access(stage: Stage) -> str:
    world = stage.world
    said = _issue(stage, "issue", "--to", world.old.card)
    stage.learned["old"] = said
    stage.done(world.old.party, "clinic", "accept", said["file"])
    stage.done(world.old.party, "clinic", "sync")
    _check(stage, world.old.party, said["file"], "go_ahead")
    return f"{world.old.party.name} may look, for 90 days."


def _card(stage: Stage) -> str:
    said = stage.done(stage.world.patient, "card", "read", stage.world.new.card)
    _require(said["status"] == "go_ahead", "the licence stands", said)
    return f"{said['sentence']} Checked on the ledger as of {said['as_of']}."


def _switch(stage: Stage) -> str:
    world = stage.world
    old = stage.learned["old"]["id"]
    said = _issue(stage, "switch", "--from", old, "--to", world.new.card)
    stage.learned["new"] = said
    # A switch is done when both are under a quorum checkpoint (PROTOCOL.md 7).
    stage.in_force(Said(code=_CANNOT_TELL, data={"id": old}))
    stage.done(world.new.party, "clinic", "sync")
    stage.done(world.new.party, "clinic", "accept", said["file"])
    return f"{world.new.party.name} may see the whole history, for 90 days."


def _old_refused(stage: Stage) -> str:
    world = stage.world
    stage.done(world.old.party, "clinic", "sync")
    said = _check(stage, world.old.party, stage.learned["old"]["file"], "stop")
    _require(said["reason"] == "withdrawn", "the old access has ended", said)
    return f"{world.old.party.name} is refused. {said['sentence']}"


def _clinic_checks(stage: Stage) -> str:
    clinic = stage.world.new.party
    said = _check(stage, clinic, stage.learned["new"]["file"], "go_ahead")
    size = said["checkpoint"]["size"]
    return f"{said['sentence']} Its own copy of the ledger holds {size} entries."


def _clinic_opens(stage: Stage) -> str:
    world = stage.world
    out = world.folder / "opened"
    file = stage.learned["new"]["file"]
    stage.done(world.new.party, "clinic", "open", file, "--out", out)
    bundle = json.loads((out / "fhir" / "patient-shared.json").read_bytes())
    count = len(bundle["entry"])
    if count != stage.learned["total"] or not (out / "START-HERE.html").is_file():
        raise DemoError("what was opened is not what was shared")
    return f"{count} records opened, as the patient signed them; a receipt is logged."


def _receipt(stage: Stage) -> str:
    patient = stage.world.patient
    stage.done(patient, "sync")
    said = stage.run(patient, "activity", "list")
    proven = [
        event
        for event in said["events"]
        if event["kind"] == "opened" and event["confirmed"]
    ]
    _require(bool(proven), "the receipt of the opening arrived", said)
    seen = proven[0]
    counted = (seen["count"], sum(seen["classes"].values()))
    total = stage.learned["total"]
    _require(counted == (total, total), "every record is counted", said)
    return f"{seen['who']} opened {seen['count']} records, proven."


def _withdraw(stage: Stage) -> str:
    world = stage.world
    grant = stage.learned["new"]["id"]
    said = stage.run(world.patient, "grant", "withdraw", grant, "--wait", _WAIT)
    if said.code not in (0, _CANNOT_TELL):
        raise _unexpected(world.patient, ("grant", "withdraw"), said)
    stage.in_force(said)
    return "Withdrawn: logged, and under the witnesses' signatures."


def _clinic_refused(stage: Stage) -> str:
    world = stage.world
    file = stage.learned["new"]["file"]
    stage.done(world.new.party, "clinic", "sync")
    said = _check(stage, world.new.party, file, "stop")
    _require(said["reason"] == "withdrawn", "the withdrawal is the reason", said)
    out = world.folder / "refused"
    opened = stage.run(world.new.party, "clinic", "open", file, "--out", out)
    _require(opened.code == 1, "opening is refused", opened)
    if out.exists() and any(out.iterdir()):
        raise DemoError("a refused opening left something behind")
    return f"{said['sentence']} Nothing was opened."


def _verify(stage: Stage) -> str:
    patient = stage.world.patient
    stage.done(patient, "sync")
    said = stage.done(patient, "activity", "verify")
    return str(said.data.get("sentence") or "No other opening is recorded.")


def _stick(stage: Stage) -> str:
    world = stage.world
    stick = world.folder / "stick"
    stick.mkdir(exist_ok=True)
    stage.done(world.patient, "usb", "write", stick, "--whole-history")
    stage.done(world.patient, "usb", "check", stick)
    return f"Every file read back and compared, in {stick}. It is safe to remove."


def _issue(stage: Stage, *words: str | Path) -> Said:
    """Sign a permission and wait until it is in force."""
    more: tuple[str | Path, ...] = ("--days", "90", "--wait", _WAIT)
    if words[0] == "issue":
        more += ("--scope", "everything", "--purpose", "TREAT")
    said = stage.run(stage.world.patient, "grant", *words, *more)
    if said.code not in (0, _CANNOT_TELL):
        raise _unexpected(stage.world.patient, ("grant", *words), said)
    stage.in_force(said)
    return said


def _check(stage: Stage, clinic: Party, file: str, wanted: str) -> Said:
    """Check a permission as *clinic*; a copy that is behind is brought up to date."""
    deadline = stage.clock() + _PATIENCE
    while True:
        said = stage.run(clinic, "clinic", "check", file)
        if said.code != _CANNOT_TELL or stage.clock() > deadline:
            break
        stage.mend()
        stage.pause(_PAUSE)
        stage.run(clinic, "clinic", "sync")
    _require(said["status"] == wanted, f"the check says {wanted}", said)
    return said


def _waiting(said: Said) -> str:
    """Say what is waited for, as the command itself told it."""
    told = _AWAY.get(str(said.data.get("reason")))
    return told or f"{said.data.get('sentence', 'Not yet.')} Waiting for that."


def _require(held: bool, what: str, said: Said) -> None:  # noqa: FBT001 the fact itself
    if not held:
        raise DemoError(f"not so: {what}; the answer was {said.data}")


def _unexpected(party: Party, words: tuple[str | Path, ...], said: Said) -> DemoError:
    asked = " ".join(str(word) for word in words[:2])
    return DemoError(f"{party.name}: {asked} ended with {said.code}: {said.data}")


STEPS: tuple[tuple[str, Callable[[Stage], str]], ...] = (
    ("Maya brings in her records.", _bring_in),
    ("Her practice of many years has access.", _old_access),
    ("Her new cardiologist shows a card; the wallet checks the licence.", _card),
    ("One confirmation shares with the new and ends the old.", _switch),
    ("The old practice tries again.", _old_refused),
    ("The new clinic checks the permission.", _clinic_checks),
    ("The new clinic opens the records.", _clinic_opens),
    ("Maya sees the receipt.", _receipt),
    ("Maya withdraws.", _withdraw),
    ("The clinic tries again.", _clinic_refused),
    ("Maya re-checks the public ledger on her own computer.", _verify),
    ("Maya leaves with a stick.", _stick),
)
