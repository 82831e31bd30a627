"""Shards: what an origin says, and which of them a permission belongs to."""

from datetime import UTC, datetime

import pytest

from wallet.ledger.shard import HalfYear, Phase, Shard, choose, last_end

FAMILY = (
    "l.test/registry",
    "l.test/consent/2027h1",
    "l.test/consent/2026h2",
    "l.test/access/2027h2",
    "m.test/consent/2027h2",
)


def seconds(*date):
    return int(datetime(*date, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("origin", "network", "path"),
    [
        ("l.test/consent/2027h1", "l.test", "consent/2027h1"),
        ("l.test/a/consent/2027h1", "l.test/a", "consent/2027h1"),
        ("l.test/2027h2", "l.test", "2027h2"),
        ("l.test/registry", "l.test", "registry"),
        ("l.test/heartwood", "l.test/heartwood", ""),
        ("l.test/consent/2027h3", "l.test/consent/2027h3", ""),
        ("l.test/consent/2027h1x", "l.test/consent/2027h1x", ""),
        ("l.test/consent/\uff12027h1", "l.test/consent/\uff12027h1", ""),
        ("2027h1", "2027h1", ""),
        ("registry", "registry", ""),
    ],
)
def test_an_origin_is_read_and_put_together_again(origin, network, path):
    read = Shard.read(origin)
    assert (read.network, read.path, read.origin) == (network, path, origin)


def test_half_years_follow_each_other_without_a_gap():
    here = HalfYear(2026, 1)
    for _ in range(6):
        assert here.after == here.next.first
        assert here.next.before == here
        assert HalfYear.parse(here.name) == here
        here = here.next
    assert here == HalfYear(2029, 1)


def test_midnight_after_the_last_day_still_belongs_to_the_half_year():
    assert HalfYear.of_end(seconds(2027, 7, 1)) == HalfYear(2027, 1)
    assert HalfYear.of_end(seconds(2027, 7, 1) + 1) == HalfYear(2027, 2)
    assert HalfYear.of_end(seconds(2027, 1, 1)) == HalfYear(2026, 2)
    assert last_end("l.test/consent/2027h1") == seconds(2027, 7, 1)
    assert last_end("l.test/heartwood") is None


@pytest.mark.parametrize(
    ("moment", "phase"),
    [
        (datetime(2026, 1, 1, tzinfo=UTC), Phase.OPEN),
        (datetime(2027, 6, 30, 23, 59, 59, tzinfo=UTC), Phase.OPEN),
        (datetime(2027, 7, 1, tzinfo=UTC), Phase.CLOSING),
        (datetime(2027, 7, 7, 23, 59, 59, tzinfo=UTC), Phase.CLOSING),
        (datetime(2027, 7, 8, tzinfo=UTC), Phase.READ_ONLY),
    ],
)
def test_a_shard_takes_late_receipts_for_a_week(moment, phase):
    assert HalfYear(2027, 1).phase(moment) is phase


@pytest.mark.parametrize("beside", ["l.test/registry", "l.test/consent/2027h1"])
def test_a_permission_goes_to_the_earliest_shard_that_does_not_end_before_it(beside):
    assert choose(beside, FAMILY, ends=seconds(2026, 12, 9)) == FAMILY[2]
    assert choose(beside, FAMILY, ends=seconds(2027, 1, 1)) == FAMILY[2]
    assert choose(beside, FAMILY, ends=seconds(2027, 1, 1) + 1) == FAMILY[1]
    assert choose(beside, FAMILY, ends=seconds(2026, 1, 1)) == FAMILY[2]


def test_a_permission_that_outlasts_every_shard_of_its_network_goes_nowhere():
    end = seconds(2027, 7, 1)
    assert choose("l.test/registry", FAMILY, ends=end) == "l.test/consent/2027h1"
    assert choose("l.test/registry", FAMILY, ends=end + 1) is None


def test_a_network_of_one_log_keeps_everything_there():
    late = seconds(2099, 1, 1)
    assert choose("m.test/heartwood", FAMILY, ends=late) == "m.test/heartwood"
    assert choose("n.test/registry", FAMILY, ends=late) == "n.test/registry"
