"""Shards of one network as simulated logs: one operator, the same witnesses."""

from tests.support.ledger_simulator import LedgerSimulator, signer_of
from wallet.ledger.entry import build_status_root
from wallet.ledger.shard_link import Relation, ShardLink, build_link

OLD, NEW, LATER = (f"l.test/consent/{name}" for name in ("2026h2", "2027h1", "2027h2"))
OPERATOR = signer_of("operator")


class SimulatedShard(LedgerSimulator):
    """A log whose first entry is a status root of its operator."""

    def __init__(self, origin, now, *, operator=OPERATOR):
        super().__init__(origin, now)
        self.operator = operator
        self.submit(root_by(operator, origin))
        self.publish()

    def link(self, shard, relation=Relation.NEXT, **changed):
        """Announce *shard*, the way its operator does."""
        operator = changed.pop("by", self.operator)
        said = {
            "relation": relation,
            "other": shard.origin,
            "log_key": shard.key.public,
            "other_operator": shard.operator.public,
            "operator": operator.public,
        }
        link = ShardLink(**{**said, **changed})
        self.submit(build_link(operator, origin=self.origin, link=link))
        return self.publish()


def root_by(operator, origin):
    return build_status_root(
        operator, origin=origin, covered=0, root=bytes(32), epoch=0
    )
