"""SMART Health Cards as QR pictures, one a card, with the file they are also in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from wallet.exports import health_card
from wallet.exports.dress import Dress
from wallet.exports.parts import of_bytes
from wallet.exports.smart import picture
from wallet.records.smart.code import MOST_SINGLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.exports.dress import Selection
    from wallet.exports.parts import Part
    from wallet.exports.smart.card import Card


def write(chosen: Selection) -> Dress:
    """The file of cards, their public keys, and a picture of each."""
    content = health_card.content_of(chosen)
    made = health_card.made_cards(content, chosen)
    return Dress(
        parts=tuple(_parts(made)), left_out=content.left_out, held=content.held
    )


def _parts(made: list[Card]) -> Iterator[Part]:
    held = {"verifiableCredential": [card.jws for card in made]}
    yield of_bytes(health_card.PATH, json.dumps(held, indent=1).encode())
    keys = {"keys": [card.jwk for card in made]}
    yield of_bytes("public-keys.json", json.dumps(keys, indent=1).encode())
    for number, card in enumerate(made, start=1):
        if len(card.jws) <= MOST_SINGLE:
            drawn = picture.modules(picture.numeric(card.jws))
            name = f"card-{number:02}.svg"
            yield of_bytes(name, picture.svg(drawn, title="SMART Health Card"))
