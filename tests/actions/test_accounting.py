"""An accounting of disclosures: what goes in, what is proven, what is refused."""

import copy
import json
from contextlib import nullcontext
from datetime import date, timedelta

import pytest

from tests.actions.test_activity import answer, log_receipt, look
from tests.support.patient_world import PatientWorld
from tests.support.world import ORIGIN, body_for, clinic, opened
from wallet.actions.patient import accounting, ending
from wallet.actions.patient.accounting import Span
from wallet.actions.verifying import verify_file
from wallet.cli import activity as cli
from wallet.cli.main import main
from wallet.errors import UsageError
from wallet.exports.accounting import write
from wallet.exports.accounting_reader import read_accounting
from wallet.keys.signing import Signer
from wallet.ledger.entry import build_accreditation, commit
from wallet.vault import grants
from wallet.verdict import Reason

BOARD = Signer.from_seed(b"b" * 32)
BOARDS = f"board medical-board {BOARD.public.hex()}\n"
WHOLE = Span()


class World(PatientWorld):
    """A permission that was opened with a name, and withdrawn."""

    def __init__(self, folder):
        super().__init__(folder)
        self.ledger.submit(
            build_accreditation(
                BOARD,
                origin=ORIGIN,
                commitment=commit(bytes(32), body_for(self.elm).encode()),
                control_public=BOARD.public,
            )
        )
        self.made = self.share()
        self.send()
        self.later(days=2)

    def opened(self, *, signer=None):
        log = log_receipt(self, self.made, signer=signer)
        answer(self, self.made, *log)
        return look(self)

    def withdrawn(self):
        self.later(days=2)
        ending.withdraw(self.wallet, self.made.leaf)
        self.send()

    def told(self, span=WHOLE):
        return write(accounting.gather(self.wallet, span, now=self.now))

    @property
    def policy(self):
        return self.ledger.signers.policy

    def judged(self, data, *, boards=BOARDS):
        return verify_file(data, policy=self.policy, entry=None, boards=boards)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("accounted")
    for name in ("relay", "home"):
        (folder / name).mkdir()
    made = World(folder)
    made.opened()
    made.withdrawn()
    yield made
    made.close()


@pytest.fixture
def fresh(tmp_path):
    for name in ("relay", "home"):
        (tmp_path / name).mkdir()
    made = World(tmp_path)
    yield made
    made.close()


def test_a_stranger_proves_each_permission_end_and_opening(world):
    found = world.judged(world.told())
    assert (found.kind, found.verdict.reason) == ("accounting", Reason.GO_AHEAD)
    assert found.verdict.as_of is not None
    assert found.verdict.checkpoint.size == world.ledger.size
    shared, opening = found.lines
    assert shared.startswith("1. Shared with Dr. Amara Osei on 2026-11-24 (entry 1)")
    assert "withdrawn on 2026-11-28 (entry 3)" in shared
    assert "opened on 2026-11-26 12:00 UTC (entry 2)" in opening
    assert "licensed as Dr. Amara Osei, Cardiologist, by medical-board" in opening
    assert "only the wallet can tell" in found.sentence


def test_whom_to_believe_is_the_readers_to_say(world):
    data = world.told()
    found = world.judged(data, boards="")
    assert found.verdict.reason is Reason.LICENCE_UNKNOWN
    assert "a board you do not name" in found.lines[1]
    found = verify_file(data, policy=None, entry=None)
    assert found.verdict.reason is Reason.NOT_IN_COPY
    assert found.lines == ()
    other = world.policy.replace(ORIGIN, "other.test/x")
    found = verify_file(data, policy=other, entry=None, boards=BOARDS)
    assert found.verdict.reason in (Reason.NOT_IN_COPY, Reason.MALFORMED)


def test_it_holds_no_secret_and_is_read_back_as_it_was_written(world):
    data = world.told()
    assert write(read_accounting(data)) == data
    row = grants.permission(world.store, leaf=world.made.leaf)
    body = opened(world.elm, row.grant_file).permission
    for secret in (body.secret, row.signed, row.grant_file[-64:]):
        assert secret.hex().encode() not in data
        assert secret not in data


def test_an_opening_without_a_name_is_said_to_be_the_wallets_word(fresh):
    fresh.opened(signer=fresh.wallet.keys.grant(99).ledger)
    told = accounting.gather(fresh.wallet, WHOLE, now=fresh.now)
    assert [one.named for one in told.openings] == [None]
    found = fresh.judged(write(told))
    assert found.verdict.reason is Reason.STATUS_UNPROVED
    assert "nobody's name stands behind it" in found.lines[1]


def test_what_is_not_logged_yet_is_told_and_not_proven(tmp_path):
    for name in ("relay", "home"):
        (tmp_path / name).mkdir()
    waiting = PatientWorld(tmp_path)
    waiting.ledger_up = False
    waiting.share()
    told = accounting.gather(waiting.wallet, WHOLE, now=waiting.now)
    assert [one.logged.proof for one in told.permissions] == [None]
    policy = waiting.ledger.signers.policy
    found = verify_file(write(told), policy=policy, entry=None, boards=BOARDS)
    assert found.verdict.reason is Reason.STATUS_UNPROVED
    assert "(not proven)" in found.lines[0]
    waiting.close()


@pytest.mark.parametrize(
    ("first", "last", "permissions", "openings"),
    [
        (None, None, 1, 1),
        ("2026-11-26", "2026-11-26", 1, 1),
        ("2026-11-27", None, 1, 0),  # its end is in it
        ("2026-11-24", "2026-11-24", 1, 0),
        ("2026-11-25", "2026-11-25", 0, 0),
        ("2026-11-29", None, 0, 0),
        (None, "2026-11-23", 0, 0),
    ],
)
def test_days_choose_what_happened_in_them(world, first, last, permissions, openings):
    days = [None if day is None else date.fromisoformat(day) for day in (first, last)]
    told = accounting.gather(
        world.wallet, Span(first=days[0], last=days[1]), now=world.now
    )
    assert (len(told.permissions), len(told.openings)) == (permissions, openings)
    assert told.begins is None or told.begins.date() == days[0]
    assert told.ends is None or told.ends.date() == days[1] + timedelta(days=1)


def places(value, path=()):
    """Every member of an object, as the path to it."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, below in pairs:
        yield (*path, key)
        if isinstance(below, dict | list):
            yield from places(below, (*path, key))


def at(value, path):
    for key in path:
        value = value[key]
    return value


def changed(data, path, new):
    said = json.loads(data)
    at(said, path[:-1])[path[-1]] = new
    return (json.dumps(said, indent=1) + "\n").encode()


WORD = {  # what no proof is about: the wallet's own word
    *("made", "from", "to", "reader", "role", "begins", "ends", "records", "shared"),
    *("condition", "test", "kind"),
}
MAY_BE_NULL = {"from", "to", "records", "end", "staff", "licence", "proof"}


def test_every_member_is_needed_and_of_its_kind(world):
    data = world.told()
    for path in places(json.loads(data)):
        wrongs = [17.5, True, "a\nb", "", -1, [[]], {}, {"a": 1}]
        wrongs += [] if path[-1] in MAY_BE_NULL else [None]
        for wrong in wrongs:
            empty_list = path in (("permissions",), ("openings",)) and wrong == {}
            if path[-1] == "records" and wrong in ({}, {"a": 1}):
                continue
            if path[-1] in ("permission", 0) and wrong == []:
                continue
            found = world.judged(changed(data, path, wrong))
            assert found.verdict.reason is not Reason.GO_AHEAD, (path, wrong)
            assert not empty_list or found.verdict.reason is Reason.MALFORMED
        if isinstance(path[-1], str) and path[-2:-1] != ("records",):
            without = json.loads(data)
            del at(without, path[:-1])[path[-1]]
            text = (json.dumps(without, indent=1) + "\n").encode()
            assert world.judged(text).verdict.reason is not Reason.GO_AHEAD, path


def test_a_word_too_many_or_said_twice_is_refused(world):
    data = world.told()
    for path in ((), ("permissions", 0), ("openings", 0), ("permissions", 0, "end")):
        said = json.loads(data)
        at(said, path)["more"] = 1
        text = (json.dumps(said, indent=1) + "\n").encode()
        assert world.judged(text).verdict.reason is Reason.MALFORMED
    twice = data.replace(b'"made":', b'"made": "2026-01-01T00:00:00Z",\n "made":', 1)
    assert world.judged(twice).verdict.reason is Reason.MALFORMED
    later = data.replace(b'"accounting": 1', b'"accounting": 2')
    assert world.judged(later).verdict.reason is Reason.UNKNOWN_VERSION
    cut = world.judged(data[: len(data) // 2])
    assert cut.verdict.reason in (Reason.MALFORMED, Reason.UNKNOWN_VERSION)


def test_whatever_is_changed_beside_its_proof_is_found(world):
    """Every text that is more than the wallet's word, one letter changed."""
    data, said = world.told(), json.loads(world.told())
    for path in places(said):
        value = at(said, path)
        if not isinstance(value, str) or path[-1] in WORD:
            continue
        if path[0] == "permissions" and path[-1] in ("purpose", "at"):
            continue
        middle = len(value) // 2
        if path[-1] == "proof":  # below it are lines that nobody needs to know
            middle = value.index("\n\n") - 5
        letter = "1" if value[middle] != "1" else "2"
        new = value[:middle] + letter + value[middle + 1 :]
        found = world.judged(changed(data, path, new))
        assert found.verdict.reason is not Reason.GO_AHEAD, path


def test_one_opening_is_not_told_twice_nor_under_another_permission(world):
    said = json.loads(world.told())
    said["openings"] *= 2
    twice = world.judged((json.dumps(said, indent=1) + "\n").encode())
    assert twice.verdict.reason is Reason.MALFORMED
    assert twice.verdict.detail == "opening 2: told twice"
    found = world.judged(changed(world.told(), ("openings", 0, "permission"), 1))
    assert found.verdict.detail == "openings 1 permission"


def test_what_another_reader_signed_names_nobody_else(world, fresh):
    """The card of one clinic beside what another one signed."""
    other = clinic("oak")
    fresh.opened(signer=other.signer)  # so no name stands behind it
    told = json.loads(fresh.told())
    named = json.loads(world.told())["openings"][0]
    for name in ("who", "purpose", "manner", "sealed", "details", "card", "licence"):
        told["openings"][0][name] = copy.deepcopy(named[name])
    found = fresh.judged((json.dumps(told, indent=1) + "\n").encode())
    assert found.verdict.reason in (Reason.SIGNATURE_WRONG, Reason.MALFORMED)


def test_an_opening_after_the_licence_ended_is_said(tmp_path):
    for name in ("relay", "home"):
        (tmp_path / name).mkdir()
    late = World(tmp_path)
    late.later(days=1_000)
    late.opened()
    found = late.judged(late.told())
    assert found.verdict.reason is Reason.NOT_ACCREDITED
    assert "not at that time" in found.lines[1]
    late.close()


def test_the_command_writes_a_new_file_that_the_other_command_verifies(
    world, monkeypatch, capsys, tmp_path
):
    monkeypatch.setattr(cli, "unlocked", lambda _: nullcontext(world.wallet))
    target, policy, boards = (tmp_path / name for name in ("a.json", "p", "b"))
    policy.write_text(world.policy)
    boards.write_text(BOARDS)
    assert main(["activity", "export", str(target), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["permissions"], said["openings"], said["unnamed"]) == (1, 1, 0)
    words = ["verify", str(target), "--policy", str(policy), "--boards", str(boards)]
    assert main([*words, "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["lines"]) == 2
    assert main(words[:-2]) == 3
    assert "--boards FILE" in capsys.readouterr().out
    for wrong in (
        [str(target)],
        [str(tmp_path / "b.json"), "--from", "2026-12-01", "--to", "2026-11-01"],
        [str(tmp_path / "b.json"), "--from", "yesterday"],
        [str(policy / "c.json")],
    ):
        assert main(["activity", "export", *wrong, "--json"]) == 2
        assert not (tmp_path / "b.json").exists()


def test_a_span_has_a_day_in_it():
    with pytest.raises(UsageError):
        Span(first=date(2026, 11, 2), last=date(2026, 11, 1))
    assert Span(first=date(2026, 11, 2), last=date(2026, 11, 2)).begins is not None
