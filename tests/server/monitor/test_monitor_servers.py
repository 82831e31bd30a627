"""A monitor as its operator starts it, beside a real ledger, witnesses and a mirror."""

import json
from contextlib import closing

import pytest

from tests.support.dishonest_operator import publish_wrong_root
from tests.support.ledger_servers import Process, receipt, run
from tests.support.roles_world import RolesWorld, until
from wallet.errors import TurnedAwayError
from wallet.ledger.checkpoint import parse_note
from wallet.ledger.fetch import Http
from wallet.server.log.cosigners import MirrorCosigner


@pytest.fixture
def world(tmp_path):
    made = RolesWorld(tmp_path)
    yield made
    made.close()


def words(world, *more):
    home = world.folder / "monitor"
    policy = ("--policy", str(world.policy_path))
    return (
        "--home",
        str(home),
        "ledger",
        "monitor",
        *policy,
        "--from",
        world.url,
        *more,
    )


def test_cron_hears_what_is_wrong_by_exit_code(world):
    index = world.submit(receipt(1))
    world.published(index, world.mirrored)
    code, said = run(*words(world, "--once"))
    assert (code, said["alerts"]) == (0, [])
    code, said = run(*words(world, "--once", "--max-age", "0"))
    assert (code, said["ok"], said["reason"]) == (1, False, "copy_too_old")
    assert "minutes old" in said["sentence"]
    world.server.kill()
    code, said = run(*words(world, "--once"))
    assert (code, said["reason"]) == (3, "ledger_unreachable")
    assert said["sentence"].endswith("The ledger does not answer at any address.")


def test_a_running_monitor_says_each_thing_once_and_when_it_is_over(world):
    world.published(world.submit(receipt(1)), world.mirrored)
    monitor = Process(*words(world, "--interval", "0.2"))
    monitor.hear()
    http, url = Http("monitor"), monitor.said["url"]
    try:
        until(lambda: b"entries_checked" in http.get(f"{url}/metrics", cap=1 << 16))
        world.witnesses[0].kill()
        line = json.loads(monitor.process.stdout.readline())
        assert line["alert"].endswith("The witness w0 does not answer.")
        assert line["over"] is False
        assert b"w0 does not answer" in http.get(f"{url}/alerts", cap=1 << 16)
        words_of_w0 = [*world.witnesses[0].words, "--port"]
        port = world.witnesses[0].said["url"].rpartition(":")[2]
        world.witnesses[0].words = (*words_of_w0, port)
        world.witnesses[0].start()
        line = json.loads(monitor.process.stdout.readline())
        assert line["alert"].endswith("The witness w0 does not answer.")
        assert line["over"] is True
    finally:
        http.close()
        assert monitor.stop() == 0


def test_an_operator_that_logs_a_wrong_status_is_found_by_mirror_and_monitor(world):
    early = world.submit(receipt(1))
    good = world.published(early, world.mirrored)
    code, said = run(*words(world, "--once"))
    assert (code, said["alerts"]) == (0, [])
    world.server.stop()
    wrong = publish_wrong_root(world.home, world.policy)
    world.server.start()
    shown = world.published(wrong)
    assert shown.checkpoint.size == wrong + 1
    code, said = run(*words(world, "--once"))
    sentence = f"The status root at {wrong} is not what the entries say."
    assert (code, [one.endswith(sentence) for one in said["alerts"]]) == (1, [True])
    with closing(MirrorCosigner(world.mirror_url, world.mirror_vkey)) as asked:
        size, tree = shown.checkpoint.size, world.tree(shown.checkpoint.size)

        def is_refused():
            try:
                asked.cosign(shown.raw, tree)
            except TurnedAwayError as turned:
                return turned.status == 422 and turned.detail
            raise AssertionError(f"a mirror cosigned {size} entries")

        assert until(is_refused) == f"the status root at {wrong} is wrong"
    served = parse_note(world.mirrored.checkpoint()).checkpoint
    assert good.checkpoint.size <= served.size <= wrong
    later = world.submit(receipt(2))  # the operator comes to its senses
    assert world.published(later, world.mirrored).cosignature_times([world.mirror_vkey])
