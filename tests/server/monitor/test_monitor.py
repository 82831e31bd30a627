"""What a monitor says, once, of every rule that was broken."""

import asyncio
import json
import re
from datetime import timedelta

import pytest

from tests.ledger.entries import CONTROL, ORIGIN, OTHER, change, grant, receipt
from tests.server.mirror.test_mirror import NOON, Log
from tests.support.ledger_simulator import LedgerSimulator, signer_of
from tests.support.status_roots import log_root
from wallet.cbor import encode
from wallet.errors import StoreDamagedError, TurnedAwayError, UnreachableError
from wallet.keys.signing import sign_statement
from wallet.ledger import fork
from wallet.ledger.checkpoint import LOG_KIND, parse_note, vkey_for
from wallet.ledger.entry import State
from wallet.ledger.policy import Policy
from wallet.ledger.replica import Replica
from wallet.ledger.shard_link import Relation, ShardLink, build_link
from wallet.server.monitor.alerts import Alert, Alerts, Weight
from wallet.server.monitor.http import MonitorApp, metrics
from wallet.server.monitor.memory import Memory
from wallet.server.monitor.rules import Checked, Finding, Rules
from wallet.server.monitor.watch import End, Limits, Watch
from wallet.statement import Name
from wallet.verdict import Reason


class Witnesses:
    """What the witnesses' own endpoints answer, by address."""

    def __init__(self):
        self.answers = {}

    def get(self, url, *, cap):
        answer = self.answers[url.split("/")[2]]
        if isinstance(answer, Exception):
            raise answer
        return answer


class World:
    def __init__(self, folder):
        self.folder, self.log, self.witnesses = folder, Log(), Witnesses()
        self.now = NOON
        for number in range(3):
            self.log.put(grant(number))
        self.log.rooted()
        self.everybody_saw(self.log.checkpoint())
        self.open()

    def open(self, **more):
        text = self.log.policy
        for name in ("w1", "w2", "w3"):
            text = re.sub(rf"(witness {name} \S+)", rf"\1 http://{name}", text)
        policy = Policy.parse(text)
        memory = Memory(self.folder)
        replica = Replica.open(self.folder / "r", origin=ORIGIN, policy=policy)
        self.watch = Watch(
            replica=replica,
            rules=Rules(replica, memory.load()),
            sources=[self.log],
            http=self.witnesses,
            limits=Limits(),
            keep=memory.keep,
            acknowledged=memory.acknowledged,
            **more,
        )

    def everybody_saw(self, note):
        self.witnesses.answers = dict.fromkeys(("w1", "w2", "w3"), note)

    def look(self):
        return [one.sentence.removeprefix(f"{ORIGIN}: ") for one in self.alerts()]

    def alerts(self):
        found = self.watch.look(self.now)
        Memory(self.folder).save(self.watch.rules.checked)
        return found

    def publish(self, **wrong):
        self.log.rooted(**wrong)
        self.everybody_saw(self.log.checkpoint())


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def test_of_a_log_that_keeps_its_rules_nothing_is_said(world):
    assert world.look() == []
    world.log.put(change(0, grant(0), State.ENDED, 1), ends=0)
    world.log.put(change(1, grant(1), State.HELD, 1))
    world.log.states[1] = State.HELD
    world.publish()
    assert world.look() == []


BROKEN = {
    "copy": (grant(1), State.ENDED, "Entry 4 is a copy of entry 1."),
    "junk": (b"junk", State.STANDS, "Entry 4 does not verify (statement)."),
    "card": (
        sign_statement(
            OTHER, name=Name.CARD, origin=ORIGIN, fields={}, nonce=bytes(16)
        ),
        State.STANDS,
        "Entry 4 is of a kind unknown here.",
    ),
    "long": (bytes(4_097), State.STANDS, "Entry 4 is longer than 4096 bytes."),
    "forged": (
        receipt(5)[:-1] + bytes([receipt(5)[-1] ^ 1]),
        State.STANDS,
        "Entry 4 does not verify (statement signature).",
    ),
    "stranger's change": (
        change(0, grant(0), State.ENDED, 1, signer=OTHER),
        State.STANDS,
        "Entry 4 changes entry 0 without its key.",
    ),
    "other leaf": (
        change(0, grant(1), State.ENDED, 1),
        State.STANDS,
        "Entry 4 changes entry 0 without its key.",
    ),
    "too early": (
        change(9, grant(1), State.ENDED, 1),
        State.STANDS,
        "Entry 4 changes entry 9, which came no earlier.",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_an_entry_that_breaks_a_rule_is_named_for_good(world, name):
    data, state, said = BROKEN[name]
    world.log.put(data, state)
    world.publish()
    assert [one.split(" (")[0] for one in world.look()] == [said.split(" (")[0]]
    world.open()  # a new process remembers
    assert len(world.look()) == 1
    assert world.watch.rules.checked.size == 6


def test_a_second_end_and_a_change_of_a_copy_are_named(world):
    world.log.put(grant(1), State.ENDED)
    world.log.put(change(0, grant(0), State.ENDED, 1), ends=0)
    world.log.put(change(0, grant(0), State.ENDED, 2))
    world.log.put(change(4, grant(1), State.HELD, 1))
    world.publish()
    assert world.look() == [
        "Entry 4 is a copy of entry 1.",
        "Entry 6 ends entry 0 a second time.",
        "Entry 7 changes entry 4, which is a copy.",
    ]


def test_a_status_root_that_hides_an_end_is_named(world):
    world.log.put(change(0, grant(0), State.ENDED, 1))
    world.publish()
    assert world.look() == ["The status root at 5 is not what the entries say."]


def test_a_status_root_that_covers_less_than_it_could_is_named(world):
    log_root(world.log, world.log.states[:-1])
    world.log.states.append(State.STANDS)
    world.publish()
    assert world.look() == ["The status root at 4 is not what the entries say."]


def test_a_status_root_by_a_foreign_key_is_named(world):
    assert world.look() == []
    log_root(world.log, world.log.states, signer=CONTROL)
    world.log.states.append(State.STANDS)
    world.publish()
    assert world.look() == ["The status root at 4 is signed by a foreign key."]


def link(relation, signer):
    said = ShardLink(
        relation=relation,
        other="ledger.test/next",
        log_key=CONTROL.public,
        other_operator=CONTROL.public,
        operator=signer.public,
    )
    return build_link(signer, origin=ORIGIN, link=said)


def test_links_are_the_operators_and_a_seal_is_the_end(world):
    world.log.put(link(Relation.NEXT, OTHER))
    world.log.put(link(Relation.NEXT, CONTROL))
    world.log.put(link(Relation.SEAL, OTHER))
    world.publish()
    assert world.look() == ["The shard link at 5 is signed by a foreign key."]
    world.log.put(grant(8))
    world.publish()
    world.open()
    assert world.look()[1:] == ["Entry 8 follows the seal at 6."]


def test_an_old_checkpoint_is_said(world):
    world.now += timedelta(minutes=35)
    assert world.look() == ["The newest checkpoint under quorum is 35 minutes old."]


def test_a_log_that_reached_its_end_may_be_old_or_gone(world):
    world.look()
    ends = [False]
    world.open(end=End(is_reached=lambda: ends[0]))
    world.now += timedelta(minutes=35)
    assert len(world.look()) == 1
    ends[0] = True
    assert world.look() == []
    world.log.reachable = False
    assert world.look() == []
    ends[0] = False
    assert len(world.look()) == 2


def test_a_log_that_went_on_after_its_end_is_named(world):
    world.open(end=End(is_reached=lambda: True, passed=lambda: 3))
    assert world.look() == ["The ledger went on after its end, with entry 3."]


def test_who_signed_is_said_where_that_is_no_quorum(world):
    assert world.look() == []
    world.log.witnesses_up = {"w2"}
    world.log.put(grant(9))
    world.log.rooted()
    assert world.look() == ["The newest checkpoint has no quorum: w2 signed it."]
    world.log.witnesses_up = set()
    world.log.rooted()
    assert world.look() == ["The newest checkpoint has no quorum: nobody signed it."]
    world.log.witnesses_up = {"w1", "w2", "w3"}
    world.log.publish()
    assert world.look() == []


def test_a_smaller_ledger_is_said(world):
    first = world.log.checkpoint()
    world.publish()
    assert world.look() == []
    world.log._note = first
    said = "The ledger shows fewer entries than it has shown before."
    assert world.look() == [said]


def test_a_ledger_that_is_away_is_a_doubt(world):
    assert world.look() == []
    world.log.reachable = False
    (alert,) = world.alerts()
    assert (alert.weight, alert.reason) == (Weight.DOUBT, Reason.LEDGER_UNREACHABLE)


def test_files_that_are_not_what_was_signed_are_said(world):
    world.log.put(grant(9))
    world.publish()
    world.log.rewrite(4, b"other")
    assert "What the ledger serves is not what it must be" in world.look()[0]


def test_a_second_history_is_kept_as_a_file_that_convicts(world):
    assert world.look() == []
    world.log.fork(at=1)
    (said,) = world.look()
    assert said.startswith("The ledger has signed two different histories")
    (path,) = (world.folder / "evidence").iterdir()
    assert f"{path}" in said
    read = fork.parse(path.read_bytes())
    assert read.verify(vkey_for(ORIGIN, LOG_KIND, world.log.key.public))
    assert world.look() == [said]
    world.open()
    assert world.look() == [said]


def test_a_split_view_shows_at_the_witness_that_was_shown_it(world):
    """Signed by the log and seen by one witness: no quorum, yet it convicts."""
    assert world.look() == []
    other = Log()
    other.witnesses_up = {"w2"}
    for number in range(5, 8):
        other.put(grant(number))
    other.rooted()
    world.witnesses.answers["w2"] = other.checkpoint()
    (said,) = world.look()
    assert said.startswith("The ledger has signed two different histories")
    (path,) = (world.folder / "evidence").iterdir()
    read = fork.parse(path.read_bytes())
    assert read.verify(vkey_for(ORIGIN, LOG_KIND, world.log.key.public))
    assert parse_note(other.checkpoint()) == read.offered.note


def shown(world, file, *, at="w2"):
    """From now on a witness lists a file of two notes beside its checkpoint."""
    name = "0123456789abcdef"
    told = {"seen": 4, "size": 4, "proven": False, "at": 1, "name": name}
    known = world.witnesses.get

    def get(url, *, cap):
        if url.split("/")[2] != at or not url.partition("/forks")[1]:
            return known(url, cap=cap)
        return file if url.endswith(name) else json.dumps([told]).encode()

    world.witnesses.get = get


def other_history(size, *, signer=None):
    """A note over leaves that are not the log's, which the log signed."""
    log = Log()
    log.key = signer or log.key
    for number in range(size):
        log.put(receipt(70 + number))
    return log.publish()


@pytest.mark.parametrize("size", [4, 9])
def test_what_a_witness_was_shown_convicts_by_itself_or_beside_the_copy(world, size):
    """Of nine entries it cannot tell, nor could the witness."""
    world.look()
    offered = other_history(size)
    shown(world, fork.write(trusted=world.log.checkpoint(), offered=offered))
    found = world.look()
    if size > world.log.size:  # the copy has not come so far
        assert found == []
        for number in range(4):
            world.log.put(receipt(number))
        world.publish()  # nine, of which that was never a part
        found = world.look()
    assert found
    for said in found:
        assert said.startswith("The ledger has signed two different histories")
    for kept in (world.folder / "evidence").iterdir():
        read = fork.parse(kept.read_bytes())
        assert read.verify(vkey_for(ORIGIN, LOG_KIND, world.log.key.public))


@pytest.mark.parametrize("wrong", ["junk", "another key", "another log", "no fork"])
def test_what_a_witness_makes_up_accuses_nobody(world, wrong):
    world.look()
    here = world.log.checkpoint()
    other = LedgerSimulator("other.test/x", NOON)
    file = {
        "junk": b"heartwood/1/fork\njunk",
        "another key": fork.write(
            trusted=here, offered=other_history(4, signer=signer_of("stranger"))
        ),
        "another log": fork.write(
            trusted=other.publish(), offered=other.sign(0, bytes(32))
        ),
        "no fork": fork.write(trusted=here, offered=here),
    }[wrong]
    shown(world, file)
    assert world.look() == []


def test_a_witness_is_compared_by_what_it_says_itself(world):
    first = world.log.checkpoint()
    world.log.advance(seconds=302)
    world.now = world.log.now
    world.log.put(grant(9))
    world.publish()
    world.witnesses.answers |= {
        "w1": first,
        "w2": UnreachableError("witness"),
        "w3": TurnedAwayError(404, "nothing seen"),
    }
    assert world.look() == [
        "The witness w1 lags by 301 seconds: it has seen 4 of 6 entries.",
        "The witness w2 does not answer.",
        "The witness w3 has seen nothing of this ledger.",
    ]
    world.log.witnesses_up = {"w1"}
    world.witnesses.answers["w3"] = world.log.publish()
    assert world.look()[-1] == (
        "The witness w3 shows what it or the ledger never signed."
    )


def test_a_witness_that_has_seen_more_than_is_shown_is_given_a_moment(world):
    shown = world.log.checkpoint()
    world.log.put(grant(9))
    ahead = world.log.rooted()
    world.log._note = shown
    world.everybody_saw(shown)
    world.witnesses.answers["w2"] = ahead
    assert world.look() == []
    world.now += timedelta(seconds=301)
    (said,) = world.look()
    assert said.startswith("The witness w2 has seen 6 entries")
    assert said.endswith("of which the ledger shows 4.")


def test_each_alert_is_said_once_and_once_when_it_is_over():
    said, over = [], []
    alerts = Alerts(said.append, over.append)

    def alert(number, weight=Weight.WRONG):
        return Alert("a", weight, Reason.NO_QUORUM, f"{number} minutes old")

    alerts.now([alert(30)])
    alerts.now([alert(31)])
    assert [one.sentence for one in said] == ["30 minutes old"]
    alerts.now([alert(32, Weight.DOUBT)])
    alerts.now([])
    assert [one.sentence for one in said] == ["30 minutes old", "32 minutes old"]
    assert [one.sentence for one in over] == ["32 minutes old"]
    assert alerts.standing == ()


def test_what_was_measured_is_told_to_prometheus(world):
    world.look()
    world.log.advance(seconds=2)
    world.now = world.log.now + timedelta(seconds=5)
    world.log.put(change(0, grant(0), State.ENDED, 1), ends=0)
    world.publish()
    world.look()
    lines = metrics([world.watch], standing=2).splitlines()
    named = f'{{origin="{ORIGIN}"}}'
    for line in (
        "heartwood_monitor_alerts 2",
        f"heartwood_monitor_ledger_reachable{named} 1",
        f"heartwood_monitor_quorum_reached{named} 1",
        f"heartwood_monitor_checkpoint_entries{named} 6",
        f"heartwood_monitor_checkpoint_age_seconds{named} 6",
        f"heartwood_monitor_entries_checked{named} 6",
        f"heartwood_monitor_entries_against_the_rules{named} 0",
        f'heartwood_monitor_witness_entries{{origin="{ORIGIN}",witness="w2"}} 6',
        f"heartwood_monitor_ended_to_visible_seconds_count{named} 1",
        f"heartwood_monitor_ended_to_visible_seconds_longest{named} 2",
    ):
        assert line in lines
    assert lines.count("# TYPE heartwood_monitor_witness_entries gauge") == 1


def test_what_somebody_has_looked_into_stays_named_and_wakes_nobody(world):
    world.log.put(grant(1), State.ENDED)
    world.publish()
    (wrong,) = world.alerts()
    assert wrong.weight is Weight.WRONG
    (found,) = Memory(world.folder).load().findings
    assert found.found == int(world.now.timestamp())
    Memory(world.folder).acknowledge(4, seconds=int(NOON.timestamp()))
    world.now += timedelta(minutes=5)
    (known,) = world.alerts()
    assert known.weight is Weight.KNOWN
    assert (
        known.sentence == f"{wrong.sentence} Acknowledged on {NOON:%Y-%m-%d %H:%M} UTC."
    )
    (again,) = Memory(world.folder).load().findings
    assert again == found  # it keeps the time it was found at
    world.log.put(grant(2), State.ENDED)
    world.publish()
    assert [one.weight for one in world.alerts()] == [Weight.KNOWN, Weight.WRONG]


def test_a_memory_of_the_first_version_is_read_on(tmp_path):
    rows = {0: 1, 1: 7, 2: None, 3: 0, 4: [[3, "Entry 3 is odd."]], 5: None}
    (tmp_path / "checked.cbor").write_bytes(encode(rows))
    assert Memory(tmp_path).load().findings == [Finding(3, "Entry 3 is odd.")]


@pytest.mark.parametrize("data", [b"\xa0", b"x", encode({0: 1, 1: [[1]]})])
def test_acknowledgements_that_were_altered_are_not_believed(tmp_path, data):
    memory = Memory(tmp_path)
    assert memory.acknowledged() == {}
    memory.acknowledge(4, seconds=9)
    memory.acknowledge(2, seconds=10)
    assert memory.acknowledged() == {2: 10, 4: 9}
    (tmp_path / "acknowledged.cbor").write_bytes(data)
    with pytest.raises(StoreDamagedError):
        memory.acknowledged()


def test_a_memory_that_was_altered_is_not_believed(tmp_path):
    memory = Memory(tmp_path)
    checked = Checked(7, bytes(32), 5, 6, [Finding(3, "Entry 3 is odd.", 9)])
    memory.save(checked)
    assert memory.load() == checked
    (tmp_path / "checked.cbor").write_bytes(b"\xa0")
    with pytest.raises(StoreDamagedError):
        memory.load()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("TRACE", "/alerts", 405), ("POST", "/metrics", 405), ("GET", "/alert", 404)],
)
def test_a_wrong_method_and_a_wrong_place_are_told_apart(method, path, status):
    app = MonitorApp([], Alerts(say=lambda _: None, over=lambda _: None))
    with pytest.raises(TurnedAwayError) as turned:
        asyncio.run(app({"method": method, "path": path}, None, None))
    assert turned.value.status == status
