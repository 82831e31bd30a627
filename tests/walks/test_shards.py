"""A network of shards as its operator, a clinic and a patient run it: real processes.

Everybody's trust file names the register and this half-year's shard; the next one they
learn from the link in it. What happens when a shard ends is told, with a clock that is
turned, in `tests.server.log.test_family`.
"""

import contextlib
import io
import json
import shutil
import time
from datetime import UTC, datetime

import pytest

from tests.support.command_world import here
from tests.support.wallets import bundle, observation
from wallet.actions.demo.children import Children, Said
from wallet.cli.main import main
from wallet.keys import custody
from wallet.keys.keyfile import Cost
from wallet.ledger.shard import HalfYear

NETWORK = "shards.walk"
NOW = HalfYear.of_end(int(time.time()))
OLD, NEW = (f"consent/{half_year.name}" for half_year in (NOW, NOW.next))
LOGS = ("registry", OLD, NEW)
DAY = 86_400


def said_by(*words, home):
    """What one of our commands says that needs no passphrase, run in this process."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = main([str(word) for word in ("--home", home, "--json", *words)])
    return Said(code=code, data=json.loads(said.getvalue()))


def days_until(moment):
    return max(int((moment - time.time()) // DAY), 0)


class World:
    def __init__(self, folder, children):
        self.folder, self.trust = folder, folder / "trust"
        self.trust.mkdir()
        self.phrase = folder / "phrase"
        self.phrase.write_text("maple river\n")
        keys = [
            said_by(
                *("ledger", "key", "--origin", f"{NETWORK}/{path}"),
                home=folder / "ledger" / path,
            )["vkey"]
            for path in LOGS
        ]
        told = [word for key in keys for word in ("--log", key)]
        words = ("ledger", "witness", "--name", "w.walk", *told)
        witness = children.start("witness", *words, home=folder / "witness")
        words = ["ledger", "serve", "--network", NETWORK, "--interval", "0.2"]
        words += [word for path in LOGS for word in ("--shard", path)]
        words += ["--witness", f"{witness['vkey']}={witness['url']}"]
        said = children.start(
            "ledger", *words, "--retention-days", "365", home=folder / "ledger"
        )
        lines = said["policy"].splitlines()
        known = [line for line in lines if f"/{NEW}+" not in line]
        assert len(known) == len(lines) - 1
        (self.trust / "ledger.policy").write_text("\n".join([*known, ""]))
        (self.trust / "ledger.url").write_text(said["url"])
        (self.trust / "boards.policy").write_text("")
        self.url = said["url"]
        words = ("board", "init", "--trust", self.trust)
        board = said_by(*words, home=folder / "board")
        (self.trust / "boards.policy").write_text(board["policy"] + "\n")
        words = ("relay", "serve", "--trust", self.trust)
        said = children.start("relay", *words, home=folder / "relay")
        (self.trust / "relay.url").write_text(said["url"])
        self.card = self._accredit()
        self.wallet("init", "--trust", self.trust)
        (folder / "records.json").write_text(json.dumps(bundle(observation(1))))
        self.wallet("import", folder / "records.json")

    def _accredit(self):
        request, answer, card = (self.folder / n for n in ("ask", "answer", "c.hwcard"))
        self.clinic("init", "--trust", self.trust)
        self.clinic("card", "--out", request)
        who = ("--name", "Dr. Amara Osei", "--role", "Cardiologist")
        words = ("board", "issue", request, *who, "--days", "900", "--out", answer)
        said = said_by(*words, home=self.folder / "board")
        assert said["entry"]["origin"] == f"{NETWORK}/registry"
        assert self.clinic("sync").code == 0
        self.clinic("card", "--accreditation", answer, "--out", card)
        return card

    def wallet(self, *words):
        return here(*words, home=self.folder / "maya", passphrase_file=self.phrase)

    def clinic(self, *words):
        home = self.folder / "clinic"
        return here("clinic", *words, home=home, passphrase_file=self.phrase)

    def share(self, days, name):
        file = self.folder / name
        words = ("grant", "issue", "--to", self.card, "--scope", "everything")
        return self.wallet(*words, "--days", days, "--out", file), file


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shards-walk")
    with pytest.MonkeyPatch.context() as patch, Children(folder / "logs") as children:
        cheap = Cost(memory=64, passes=1, lanes=1)
        patch.setattr(custody, "tuned", lambda: cheap)
        patch.setattr(custody, "harden", lambda: None)
        yield World(folder, children)


def test_a_clinic_and_a_wallet_learn_the_next_shard_and_use_it(world):
    give_up = time.monotonic() + 60
    while True:  # it is linked once it is published
        synced = world.clinic("sync")
        origins = [copy["origin"] for copy in synced["copies"]]
        if f"{NETWORK}/{NEW}" in origins:
            break
        assert time.monotonic() < give_up
    assert world.wallet("sync").code == 0
    said, file = world.share(days_until(NOW.after) + 20, "new.hwgrant")
    assert said["entry"]["origin"] == f"{NETWORK}/{NEW}"
    world.clinic("sync")
    checked = world.clinic("check", file)
    assert (checked.code, checked["status"]) == (0, "go_ahead"), checked
    assert checked["checkpoint"]["origin"] == f"{NETWORK}/{NEW}"
    opened = world.clinic("open", file, "--out", world.folder / "opened")
    assert opened.code == 0
    assert world.wallet("grant", "withdraw", said["id"]).code == 0
    again = world.clinic("open", file, "--out", world.folder / "again")
    assert (again.code, again["reason"]) == (1, "withdrawn")
    world.wallet("sync")
    kinds = {one["kind"] for one in world.wallet("activity", "list")["events"]}
    assert kinds == {"shared", "opened", "withdrawn"}
    assert world.wallet("activity", "verify").code == 0


def test_a_short_permission_stays_in_this_half_year(world):
    if days_until(NOW.after) < 2:  # two days a year there is no such permission
        return
    world.wallet("sync")
    said, file = world.share(1, "old.hwgrant")
    assert said["entry"]["origin"] == f"{NETWORK}/{OLD}"
    assert world.wallet("grant", "withdraw", said["id"]).code == 0
    world.clinic("sync")
    assert world.clinic("check", file)["reason"] == "withdrawn"


def test_a_permission_that_outlasts_every_shard_is_refused_with_the_last_day(world):
    world.wallet("sync")
    said, file = world.share(days_until(NOW.next.after) + 2, "long.hwgrant")
    last = datetime.fromtimestamp(NOW.next.after - 1, tz=UTC)
    assert said.code == 2
    assert f"{last:%d %B %Y}" in said["sentence"]
    assert not file.exists()


def test_an_operator_sees_the_shards_and_takes_none_down_early(world):
    home = world.folder / "ledger"
    rows = {
        one["path"]: one for one in said_by("ledger", "shards", home=home)["shards"]
    }
    assert {path: row["phase"] for path, row in rows.items()} == dict.fromkeys(
        LOGS, "open"
    )
    assert rows["registry"]["kept_until"] is None
    retired = said_by("ledger", "retire", OLD, home=home)
    assert retired.code == 2
    assert "does not hold its end yet" in retired["sentence"]
    status = said_by("ledger", "status", f"{world.url}/{OLD}", home=home)
    assert status["origin"] == f"{NETWORK}/{OLD}"
    assert status["shard"]["phase"] == "open"


def test_shards_that_could_not_be_linked_are_not_served(world, tmp_path):
    words = ("ledger", "serve", "--network", NETWORK, "--shard", OLD, "--shard")
    gap = f"consent/{NOW.next.next.name}"
    for wrong in (gap, OLD, "consent/soon"):
        assert said_by(*words, wrong, home=tmp_path / "other").code == 2
    shutil.copytree(world.folder / "ledger", tmp_path / "copy")
    shorter = ("--shard", "registry", "--retention-days", "30")
    said = said_by(*words, NEW, *shorter, home=tmp_path / "copy")
    assert (said.code, "365 days" in said["sentence"]) == (2, True)
