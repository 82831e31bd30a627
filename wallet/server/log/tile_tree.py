"""The tree over a server's own tiles: the very one that readers keep."""

from wallet.ledger.tile_tree import TileTree

__all__ = ["TileTree"]
