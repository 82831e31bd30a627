"""A clinic with an old copy catches up by commands, however often that is killed."""

import pytest

from tests.support.command_world import ORIGIN
from tests.support.long_clinic import walk
from wallet.ledger.tiles import WIDTH

BEFORE, SINCE, KILLS = 1_000, 20_000, 2


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("long")
    return walk(folder, before=BEFORE, entries=SINCE, kills=KILLS)


def test_every_kill_leaves_what_was_read(walked):
    for before, left in walked.killed:
        assert len(before) < len(left) < walked.world.size // WIDTH
        assert before.items() <= left.items()


def test_the_last_sync_reads_only_what_is_missing_and_says_how_far_it_is(walked):
    assert walked.killed[-1][1].items() <= walked.last.items()
    assert len(walked.last) == walked.world.size // WIDTH
    (copy,) = walked.synced["said"]["copies"]
    assert copy["origin"] == ORIGIN
    assert copy["size"] > walked.world.size  # and the root over the states
    shown = walked.synced["shown"]
    todo = copy["size"] - walked.world.before
    assert {total for _, total in shown} == {todo}
    assert shown == sorted(shown)
    assert shown[-1] == (todo, todo)
    assert len(shown) > SINCE // WIDTH


def test_with_the_server_gone_a_permission_stands_and_an_ended_one_does_not(walked):
    (stands, _), (ended, _) = walked.checked["stands"], walked.checked["ended"]
    assert (stands.code, stands["status"]) == (0, "go_ahead")
    assert (ended.code, ended["status"], ended["reason"]) == (1, "stop", "withdrawn")
    for said in (stands, ended):
        assert said["checkpoint"]["size"] > walked.world.size
