"""What packaging/openapi.json says of the ledger is what the ledger does."""

import base64
import json
from contextlib import closing
from pathlib import Path

import orjson
import pytest

from tests.support.ledger_servers import LedgerWorld, receipt
from wallet.errors import TurnedAwayError
from wallet.ledger import stamp
from wallet.ledger.entry import leaf_hash
from wallet.ledger.fetch import Http
from wallet.ledger.ledger_client import ENTRIES, MAX_POST, STAMP_HEADER, STAMPS_HEADER
from wallet.ledger.tiles import encode_bundle

TOLD = json.loads(
    (Path(__file__).parents[3] / "packaging" / "openapi.json").read_text("utf-8")
)
PARTS = TOLD["components"]["schemas"]
KINDS = {bool: "boolean", int: "integer", float: "number", str: "string"}
KINDS |= {type(None): "null", list: "array", dict: "object"}


def fits(value, schema):
    """Whether *value* is as *schema* says: as much of JSON Schema as stands there."""
    if "$ref" in schema:
        return fits(value, PARTS[schema["$ref"].rpartition("/")[2]])
    if "oneOf" in schema:
        return sum(fits(value, one) for one in schema["oneOf"]) == 1
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if KINDS[type(value)] not in kinds and not (
        type(value) is int and "number" in kinds
    ):
        return False
    if isinstance(value, dict):
        known, others = schema.get("properties", {}), schema.get("additionalProperties")
        more = value.keys() - known.keys()
        return (
            set(schema.get("required", ())) <= value.keys()
            and not (others is False and more)
            and all(fits(value[key], known[key]) for key in known.keys() & value.keys())
            and all(
                fits(value[key], others) for key in more if isinstance(others, dict)
            )
        )
    if isinstance(value, list):
        return all(fits(one, schema["items"]) for one in value)
    return True


def schema_of(path, method="get", status="200"):
    answer = TOLD["paths"][path][method]["responses"][status]
    return answer["content"]["application/json"]["schema"]


def test_names_and_limits_are_those_of_the_code():
    post = TOLD["paths"]["/v1/entries"]["post"]
    headers = [one["name"] for one in post["parameters"]]
    assert headers == [STAMP_HEADER, STAMPS_HEADER, "prefer"]
    assert ENTRIES in post["requestBody"]["content"]
    many = schema_of("/v1/entries", "post")["oneOf"][1]["properties"]["entries"]
    assert many["maxItems"] == MAX_POST
    difficulty = schema_of("/log.json")["properties"]["difficulty"]
    assert difficulty["maximum"] == stamp.MAX_BITS


def test_every_answer_is_as_it_is_told(tmp_path):
    world = LedgerWorld(tmp_path)
    with closing(Http("ledger", timeout=30.0)) as http:
        try:
            url = world.server.said["url"]
            for path in ("/log.json", "/health"):
                world.published(world.submit(receipt(0)))
                said = orjson.loads(http.get(url + path, cap=1 << 16))
                assert fits(said, schema_of(path))
                assert not fits({**said, "size": "many", "origin": 1}, schema_of(path))
            bits = world.client.log_json()["difficulty"]
            one = receipt(1)
            found = stamp.find(leaf_hash(one), bits)
            headers = {STAMP_HEADER: found.hex(), "prefer": "wait=published"}
            said = http.post(f"{url}/v1/entries", one, cap=1 << 16, headers=headers)
            assert fits(orjson.loads(said), schema_of("/v1/entries", "post"))
            headers = {
                "content-type": ENTRIES,
                STAMPS_HEADER: base64.b64encode(found * 2).decode(),
            }
            body = encode_bundle([one, receipt(2)])
            said = http.post(f"{url}/v1/entries", body, cap=1 << 16, headers=headers)
            placed, refused = orjson.loads(said)["entries"]
            assert set(placed) == {"index"}
            assert set(refused) == {"refused", "said"}
            assert fits(orjson.loads(said), schema_of("/v1/entries", "post"))
            told = TOLD["paths"]["/v1/entries"]["post"]["responses"]
            for wrong in (b"", b"no entry", bytes(5_000)):
                with pytest.raises(TurnedAwayError) as turned:
                    http.post(f"{url}/v1/entries", wrong, cap=1 << 16)
                assert str(turned.value.status) in told
        finally:
            world.close()
