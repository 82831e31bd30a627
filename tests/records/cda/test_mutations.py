"""CDA files damaged at random: a clear answer, in time, and every byte kept.

``MUTATIONS=10000`` is the long form.
"""

from __future__ import annotations

import io
import os
import random
import time

from tests.support import cda_builder as cda
from wallet.records.reader import Given, open_reader

MUTATIONS = int(os.environ.get("MUTATIONS", "150"))
_MOST_SECONDS = 5
GOOD = cda.document(
    cda.section(
        "11450-4",
        cda.problem("Asthma", number="a", more=cda.annotation("PSY")),
        cda.problem("Gout", number="b"),
        text='<table><tbody><tr><td ID="c1">One</td></tr></tbody></table>',
    ),
    cda.section("30954-2", cda.result('<value xsi:type="PQ" value="5" unit="g"/>')),
    cda.section("10164-2", text=f"<paragraph>{cda.NOTICE}</paragraph>"),
)
_ODD = (
    *(b"<", b">", b"&", b'"', b"]]>", b"<!--", b"<![CDATA[", b"<?x ?>", b"\x00"),
    *(b"\xff", b"&lt;", b"&x;", b"<entry>", b"</entry>", b"<section>", b"</section>"),
    *(b"<!DOCTYPE a [<!ENTITY x 'y'>]>", b"</ClinicalDocument>", b"<a>" * 300),
)


def mutated(number: int) -> bytes:
    dice = random.Random(number)  # noqa: S311 the same damages every time
    data = bytearray(GOOD)
    for _ in range(dice.choice((1, 1, 2, 5))):
        if not data:
            break
        at = dice.randrange(len(data) + 1)
        match dice.randrange(6):
            case 0:
                data[at : at + 1] = bytes([dice.randrange(256)])
            case 1:
                del data[at : at + dice.randrange(200)]
            case 2:
                data[at:at] = dice.choice(_ODD)
            case 3:
                other = dice.randrange(len(data))
                data[at:at] = data[other : other + dice.randrange(300)]
            case 4:
                data = data[:at]
            case _:
                data[at:at] = dice.choice(_ODD) * dice.randrange(1, 200)
    return bytes(data)


def test_a_damaged_document_ends_in_a_clear_answer_with_every_byte():
    for number in range(MUTATIONS):
        raw = mutated(number)
        began = time.process_time()
        reader = open_reader(
            Given(file=io.BytesIO(raw), salt=bytes(32), on_bytes=lambda _size: None)
        )
        pieces = list(reader.found())
        assert time.process_time() - began < _MOST_SECONDS, number
        said = b"".join(found.gap + found.raw for found in pieces) + reader.tail
        assert said == raw, number
        for found in pieces:
            assert found.raw or not raw, number
            # Where anything is damaged, no record is without a label.
            if found.facts is not None and reader.findings:
                assert found.labels, number
        assert all(finding.sentence for finding in reader.findings), number
