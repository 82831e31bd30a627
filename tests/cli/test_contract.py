"""What scripts may rely on: words, exit codes and shapes of answers, exactly.

Every command runs against the world of the demo, whose servers are real processes.
"""

import contextlib
import io
import itertools
import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.ports import free_port
from tests.support.wallets import bundle, observation
from wallet.actions.demo.parties import Party
from wallet.cli.main import main
from wallet.keys import custody

TEXT, COUNT, YES, WORDS = str, int, bool, [str]
OPTIONAL = object()


def maybe(shape):
    return (shape, None)


def either(*words):
    return set(words)


ENTRY = {"origin": TEXT, "index": maybe(COUNT)}
STATES = either(
    *("waiting", "not_started", "in_force", "paused", "withdrawn", "replaced"),
    *("ended", "refused"),
)
PENDING = maybe(either("issue", "withdraw", "pause", "resume", "replace"))
CHECK = {
    "status": either("go_ahead", "stop", "cannot_tell"),
    "reason": TEXT,
    "sender": maybe(either("new", "known")),
    "sentence": TEXT,
    "as_of": maybe(TEXT),
    "checkpoint": maybe({"origin": TEXT, "size": COUNT, "root": TEXT}),
    "evidence": {},
}
COUNTS = dict.fromkeys(("new", "same", "changed", "kept_raw", "failed"), COUNT)
IMPORT = {
    "totals": COUNTS,
    "files": [
        {
            "path": TEXT,
            "format": maybe(TEXT),
            "sha256": maybe(TEXT),
            "counts": COUNTS,
            "findings": [{"place": TEXT, "reason": TEXT, "sentence": TEXT}],
        }
    ],
}
RECORD = {
    **dict.fromkeys(("id", "category", "title", "source"), TEXT),
    "start": maybe(TEXT),
    "labels": WORDS,
    "versions": COUNT,
}
GRANT = {
    **dict.fromkeys(("id", "reader", "purpose", "starts", "ends"), TEXT),
    "scope": either("everything", "chosen"),
    "state": STATES,
    "pending": PENDING,
    "entry": ENTRY,
}
ISSUED = {"id": TEXT, "state": STATES, "entry": ENTRY, "file": TEXT, "pending": PENDING}
EVENT = {
    **dict.fromkeys(("at", "who", "what", "grant"), TEXT),
    "kind": either("shared", "opened", "asked", "withdrawn", "replaced"),
    "count": maybe(COUNT),
    "confirmed": YES,
}
NO = {"reason": TEXT, "sentence": TEXT}
DRIVE = {"folder": TEXT, "files": COUNT, "size": COUNT, "safe_to_remove": YES}
WRONG = dict.fromkeys(("altered", "missing", "unreadable", "added"), WORDS)

ANSWERS = {
    "init": (0, {"words": WORDS, "home": TEXT}),
    "init again": (2, NO),
    "unlock-test": (0, {"records": COUNT}),
    "wrong passphrase": (1, NO),
    "no home": (2, NO),
    "import": (0, IMPORT),
    "import of nothing": (1, {**IMPORT, **NO}),
    "records list": (0, {"records": [RECORD], "total": COUNT}),
    "records search": (0, {"records": [RECORD], "total": COUNT}),
    "records show": (0, {"id": TEXT, "title": TEXT}),
    "records export": (0, {"file": TEXT, "count": COUNT}),
    "sync": (0, {"as_of": TEXT, "waiting": COUNT}),
    "card read": (0, CHECK),
    "grant issue": (0, ISSUED),
    "grant issue --usb": (0, {**ISSUED, "usb": TEXT}),
    "grant issue --no-relay": (0, {**ISSUED, "package": TEXT}),
    "grant issue to a broken stick": (4, {**NO, "id": TEXT, "pending": PENDING}),
    "grant issue offline": (3, {**ISSUED, **NO}),
    "grant list": (0, {"grants": [GRANT]}),
    "grant show": (0, GRANT),
    "grant switch": (0, ISSUED),
    "grant list after a switch": (0, {"grants": [GRANT]}),
    "grant withdraw": (0, {"id": TEXT, "state": STATES, "file": TEXT}),
    "grant withdraw again": (2, NO),
    "usb list": (0, {"drives": []}),
    "usb write --grant": (0, {**DRIVE, "grant": TEXT}),
    "usb write --grant over an own copy": (2, NO),
    "usb write --grant of an ended one": (1, {**NO, "status": either("stop")}),
    "usb write --whole-history": (0, DRIVE),
    "usb check": (0, WRONG),
    "usb check of a changed one": (1, {**WRONG, **NO}),
    "usb check of nothing": (3, NO),
    "clinic card": (0, {"file": TEXT}),
    "clinic sync": (0, {}),
    "clinic check": (0, CHECK),
    "clinic check --at later": (1, CHECK),
    "clinic check --purpose": (1, CHECK),
    "clinic check of a stick": (0, CHECK),
    "clinic accept": (0, {}),
    "clinic open": (0, {**CHECK, "out": TEXT, "files": WORDS}),
    "clinic open from a stick": (0, {**CHECK, "files": WORDS}),
    "clinic open from a file": (0, {**CHECK, "files": WORDS}),
    "clinic accept of a withdrawal": (0, {}),
    "clinic check of a withdrawn one": (1, CHECK),
    "clinic open of a withdrawn one": (1, CHECK),
    "clinic receipts": (0, {"receipts": list}),
    "activity list": (0, {"events": [EVENT]}),
    "activity verify": (0, {"status": either("go_ahead"), "sentence": TEXT}),
    "activity verify --ledger": (0, {"status": either("go_ahead"), "findings": []}),
    "activity verify of nobody": (3, {**NO, "status": either("cannot_tell")}),
    "activity export": (0, {"file": TEXT, "permissions": COUNT, "openings": COUNT}),
    "verify of an accounting": (0, {"lines": WORDS}),
    "ledger status": (0, {"origin": TEXT, "size": COUNT, "quorum_time": TEXT}),
    "ledger verify": (0, {"ledgers": list, "findings": []}),
    "passphrase change": (0, {}),
    "erase": (0, {}),
}
LATER = [
    *(f"grant {word} x" for word in ("pause", "resume", "narrow", "renew", "end-all")),
    *("verify FILE", "backup create T", "backup check T"),
    *("recovery sheet", "recovery rehearse", "pack check CODE", "cabinet list"),
    *("study list", "study join X", "clinic note X", "ledger mirror", "ledger monitor"),
    *("maker init", "wholesaler init", "pharmacy init", "regulator init"),
    *("sponsor init", "ethics init"),
]


@pytest.fixture(scope="module", autouse=True)
def _visible():
    """This process stays one that a debugger may look into."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(custody, "harden", lambda: None)
        yield


def run(*given):
    """Exit code and the one JSON object of a command."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([str(word) for word in given])
    assert err.getvalue() == ""
    (line,) = out.getvalue().splitlines()
    return code, json.loads(line)


def asked(party, *words):
    known = ("--home", party.home, "--passphrase-file", party.passphrase_file)
    return run(*words, *known, "--json")


class Script:
    """Asks in the order a person would, and keeps every answer under a name."""

    def __init__(self, world, folder):
        self.world, self.folder, self.answers = world, folder, {}
        self.new, self.old = world.new, world.old
        phrase = folder / "phrase"
        phrase.write_text("ripe barley, still water\n")
        self.me = Party(name="Noor", home=folder / "home", passphrase_file=phrase)

    def path(self, name):
        return self.folder / name

    def ask(self, name, *words, party=None):
        code, said = asked(party or self.me, *words)
        assert name not in self.answers
        self.answers[name] = code, said
        return said

    def play(self):
        self.wallet()
        self.share()
        self.at_the_desk()
        self.drives()
        self.look_back()
        self.end()
        return self.answers

    def wallet(self):
        self.ask("init", "init", "--trust", self.world.patient.home / "trust")
        self.ask("init again", "init")
        self.ask("unlock-test", "unlock-test")
        wrong = self.path("wrong")
        wrong.write_text("green barley\n")
        self.answers["wrong passphrase"] = run(
            "--json",
            "grant",
            "list",
            "--home",
            self.me.home,
            "--passphrase-file",
            wrong,
        )
        self.answers["no home"] = run("records", "list", "--json")
        file = self.path("records")
        file.write_text(json.dumps(bundle(*map(observation, range(4)))))
        self.ask("import", "import", file)
        self.ask("import of nothing", "import", self.path("nowhere"), file)
        first = self.ask("records list", "records", "list")["records"][0]["id"]
        self.ask("records search", "records", "search", "chol")
        self.ask("records show", "records", "show", first)
        self.ask("records export", "records", "export", self.path("all.ndjson"))
        self.ask("sync", "sync")

    def issue(self, name, *more, to=None):
        card = (to or self.new).card
        words = ("--to", card, "--scope", "everything", "--purpose", "TREAT")
        return self.ask(name, "grant", "issue", "--days", "9", *words, *more)

    def share(self):
        self.ask("card read", "card", "read", self.new.card)
        out = self.path("grant.hwgrant")
        made = self.issue("grant issue", "--out", out, "--wait", "60")
        self.grant, self.file = made["id"], out
        assert made["file"] == str(out)
        for name in ("carried", "drive", "own", "broken"):
            self.path(name).mkdir()
        self.issue("grant issue --usb", "--usb", self.path("carried"))
        by_hand = self.path("by-hand.hwgrant")
        self.issue("grant issue --no-relay", "--no-relay", "--out", by_hand)
        self.broken_stick()
        self.offline()

    def broken_stick(self):
        """Somebody else's folder bears the name of an export."""
        (self.path("broken") / "Heartwood").mkdir()
        self.issue("grant issue to a broken stick", "--usb", self.path("broken"))

    def offline(self):
        url = self.me.home / "trust" / "ledger.url"
        known = url.read_text()
        url.write_text(f"http://127.0.0.1:{free_port()}\n")
        self.issue("grant issue offline", "--wait", "0.1")
        url.write_text(known)
        self.ask("grant list", "grant", "list")
        self.ask("grant show", "grant", "show", self.grant)

    def at_the_desk(self):
        desk, file = self.new.party, self.file
        later = (datetime.now(UTC) + timedelta(60)).isoformat()
        self.ask("clinic card", "clinic", "card", "--out", self.path("c"), party=desk)
        self.ask("clinic sync", "clinic", "sync", party=desk)
        self.ask("clinic accept", "clinic", "accept", file, party=desk)
        check = ("clinic", "check", file)
        self.ask("clinic check", *check, party=desk)
        self.ask("clinic check --at later", *check, "--at", later, party=desk)
        self.ask("clinic check --purpose", *check, "--purpose", "HMARKT", party=desk)
        stick, by_hand = self.path("carried"), self.path("by-hand.hwgrant")
        self.ask("clinic check of a stick", "clinic", "check", stick, party=desk)
        for name, given, out in (
            ("clinic open", file, "o1"),
            ("clinic open from a stick", stick, "o2"),
            ("clinic open from a file", by_hand, "o3"),
        ):
            words = ("clinic", "open", "--out", self.path(out), given)
            self.ask(name, *words, party=desk)

    def drives(self):
        drive, own = self.path("drive"), self.path("own")
        self.ask("usb list", "usb", "list")
        self.ask("usb write --grant", "usb", "write", drive, "--grant", self.grant)
        whole = ("usb", "write", "--whole-history", own)
        self.ask("usb write --whole-history", *whole)
        write = ("usb", "write", "--grant", self.grant)
        self.ask("usb write --grant over an own copy", *write, own)
        self.ask("usb check", "usb", "check", drive)
        self.ask("usb check of nothing", "usb", "check", self.path("home"))
        page = drive / "Heartwood" / "START-HERE.html"
        page.write_bytes(page.read_bytes() + b"\n")
        self.ask("usb check of a changed one", "usb", "check", drive)

    def look_back(self):
        self.wait_for_nothing()
        self.ask("activity list", "activity", "list")
        self.ask("activity verify", "activity", "verify")
        verify = ("activity", "verify", "--ledger")
        self.ask("activity verify --ledger", *verify, self.world.ledger.url)
        nobody = f"http://127.0.0.1:{free_port()}"
        self.ask("activity verify of nobody", *verify, nobody)
        target, trust = self.path("accounting.json"), self.world.patient.home / "trust"
        self.ask("activity export", "activity", "export", target)
        words = ("--policy", trust / "ledger.policy", "--boards")
        words = ("verify", target, *words, trust / "boards.policy")
        self.ask("verify of an accounting", *words)
        self.ask("ledger status", "ledger", "status", self.world.ledger.url)
        self.ask("ledger verify", "ledger", "verify")

    def wait_for_nothing(self):
        """Sync until all that was signed is under a quorum."""
        give_up = time.monotonic() + 60
        while True:
            asked(self.me, "sync")
            _, said = asked(self.me, "grant", "list")
            if all(one["pending"] is None for one in said["grants"]):
                return
            assert time.monotonic() < give_up, said

    def end(self):
        desk, file, stop = self.new.party, self.file, self.path("stop")
        words = ("--to", self.old.card, "--days", "9", "--from")
        mine = self.answers["grant issue --usb"][1]["id"]
        self.ask("grant switch", "grant", "switch", *words, mine)
        self.switched = mine
        self.ask("grant list after a switch", "grant", "list")
        withdraw = ("grant", "withdraw", self.grant)
        self.ask("grant withdraw", *withdraw, "--out", stop)
        self.ask("grant withdraw again", *withdraw)
        write = ("usb", "write", self.path("drive"), "--grant", self.grant)
        self.ask("usb write --grant of an ended one", *write)
        accept = "clinic accept of a withdrawal"
        self.ask(accept, "clinic", "accept", stop, party=desk)
        check, out = "clinic check of a withdrawn one", self.path("o4")
        self.ask(check, "clinic", "check", file, party=desk)
        refused = "clinic open of a withdrawn one"
        self.ask(refused, "clinic", "open", file, "--out", out, party=desk)
        self.ask("clinic receipts", "clinic", "receipts", party=desk)
        fresh = self.path("fresh")
        fresh.write_text("another phrase\n")
        change = ("passphrase", "change", "--new-passphrase-file", fresh)
        self.ask("passphrase change", *change)
        erase = ("erase", "--yes", "--home", self.me.home, "--passphrase-file", fresh)
        self.answers["erase"] = run(*erase, "--json")


@pytest.fixture(scope="module")
def script(standing_world, tmp_path_factory):
    return Script(standing_world.world, tmp_path_factory.mktemp("script"))


@pytest.fixture(scope="module")
def answers(script):
    return script.play()


def test_a_switch_that_is_done_has_ended_the_old_one_too(script, answers):
    assert answers["grant switch"][1]["pending"] is None
    listed = answers["grant list after a switch"][1]["grants"]
    (old,) = [one for one in listed if one["id"] == script.switched]
    assert (old["state"], old["pending"]) == ("replaced", None)


def fits(value, shape):
    """Whether *value* has at least the shape; more fields may be added."""
    if isinstance(shape, tuple):
        inner, _ = shape
        return value is None or fits(value, inner)
    if isinstance(shape, set):
        return value in shape
    if isinstance(shape, dict):
        inside = isinstance(value, dict) and shape.keys() <= value.keys()
        return inside and all(fits(value[name], shape[name]) for name in shape)
    if isinstance(shape, list):
        each = shape[0] if shape else object
        return isinstance(value, list) and all(fits(one, each) for one in value)
    return isinstance(value, shape) and (shape is not int or value is not True)


def test_a_shape_that_does_not_fit_is_seen():
    assert fits({"n": 1, "more": None}, {"n": COUNT})
    assert not fits({"n": "1"}, {"n": COUNT})
    assert not fits({}, {"n": COUNT})
    assert not fits({"n": [1, "2"]}, {"n": [COUNT]})
    assert not fits("maybe", either("yes", "no"))


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_has_its_code_and_its_shape(answers, name):
    (code, said), (wanted, shape) = answers[name], ANSWERS[name]
    assert code == wanted, said
    assert said["ok"] is (code == 0)
    assert fits(said, shape), said
    if code:
        assert fits(said, NO), said


def test_every_answer_that_was_asked_for_is_in_the_table(answers):
    assert answers.keys() == ANSWERS.keys()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("wrong passphrase", "wrong_passphrase"),
        ("import of nothing", "not_taken"),
        ("grant issue offline", "not_in_copy"),
        ("grant issue to a broken stick", "fault"),
        ("usb write --grant of an ended one", "withdrawn"),
        ("usb check of a changed one", "package_altered"),
        ("usb check of nothing", "package_missing"),
        ("clinic check --at later", "ended"),
        ("clinic check --purpose", "wrong_purpose"),
        ("clinic check of a withdrawn one", "withdrawn"),
        ("clinic open of a withdrawn one", "withdrawn"),
        ("activity verify of nobody", "ledger_unreachable"),
    ],
)
def test_a_no_has_its_own_reason(answers, name, reason):
    assert answers[name][1]["reason"] == reason


def test_what_is_pending_says_what_for_and_comes_into_force(answers):
    offline = answers["grant issue offline"][1]
    assert (offline["state"], offline["pending"]) == ("waiting", "issue")
    listed = answers["grant list"][1]["grants"]
    (waiting,) = [one for one in listed if one["pending"] is not None]
    assert waiting["id"] == offline["id"]
    assert answers["sync"][1]["waiting"] == 0


def test_a_refused_opening_leaves_an_empty_folder(answers, script):
    assert answers["clinic open of a withdrawn one"][0] == 1
    assert not any(script.path("o4").glob("*"))


def test_openings_are_told_with_the_number_of_records(answers):
    opened = [
        event
        for event in answers["activity list"][1]["events"]
        if event["kind"] == "opened" and event["confirmed"]
    ]
    assert opened
    for event in opened:
        assert (event["count"], event["what"]) == (4, "test")
        assert event["classes"] == {"test": 4}


def test_a_stick_and_a_file_by_hand_open_what_the_relay_would_have_given(
    answers, script
):
    assert answers["clinic open"][1]["manner"] == "relay"
    for name in ("clinic open from a stick", "clinic open from a file"):
        assert answers[name][1]["manner"] == "offline"
    pages = [script.path(name) / "START-HERE.html" for name in ("o1", "o2", "o3")]
    assert all(page.is_file() for page in pages)


def test_options_stand_in_any_order_and_json_anywhere(standing_world):
    party = standing_world.world.old.party
    options = [
        ("usb", "check", str(party.home)),
        ("--json",),
        ("--home", str(party.home)),
        (f"--passphrase-file={party.passphrase_file}",),
    ]
    orders = itertools.permutations(options)
    said = {json.dumps(run(*itertools.chain(*order))) for order in orders}
    split = run("usb", "--json", "check", "--home", party.home, party.home)
    assert said == {json.dumps(split)}


def test_a_passphrase_file_is_taken_where_none_is_needed(standing_world, tmp_path):
    phrase = tmp_path / "phrase"
    phrase.write_text("nothing to open\n")
    known = ("--json", "--home", tmp_path, "--passphrase-file", phrase)
    assert run("usb", "list", *known)[0] == 0
    assert run("usb", "check", tmp_path, *known)[0] == 3
    assert run("ledger", "status", standing_world.world.ledger.url, *known)[0] == 0
    assert run("ledger", "key", "--origin", "one.test/log", *known)[0] == 0
    assert run("ledger", "verify", *known)[1]["reason"] == "usage"


@pytest.mark.parametrize("line", LATER)
def test_a_command_that_is_not_built_yet_is_absent(line, tmp_path):
    code, said = run("--json", "--home", tmp_path, *line.split())
    assert code == 2
    assert fits(said, NO)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "line",
    [
        "",
        "grant",
        "grant issue",
        "grant issue --to X",
        "grant issue --to X --scope everything --days 0",
        "grant issue --to X --scope everything --days two",
        "grant issue --to X --sco everything --days 2",
        "grant withdraw",
        "grant switch --to X --days 2",
        "usb write",
        "usb write .",
        "usb write . --grant A --whole-history",
        "usb check",
        "clinic check",
        "clinic open X",
        "clinic check X --at yesterday",
        "activity",
        "records list --limit many",
        "demo",
        "demo --up --story",
        "gossip",
    ],
)
def test_words_that_do_not_fit_are_exit_2_with_a_sentence(line, tmp_path):
    code, said = run("--json", "--home", tmp_path, *line.split())
    assert code == 2
    assert fits(said, NO)


def test_help_is_no_mistake(capsys):
    assert main(["--help"]) == 0
    assert "grant" in capsys.readouterr().out
