"""Loaded by schemathesis in its own environment: good bodies, which no schema has.

HEARTWOOD_BODIES names a JSON file {"formats": {name: [hex...]}, "stamps": {hex: hex}}.
"""

import base64
import json
import os
from pathlib import Path

import schemathesis
from hypothesis import strategies as st
from schemathesis.transport.serialization import Binary

BODIES = json.loads(Path(os.environ["HEARTWOOD_BODIES"]).read_text("utf-8"))
STAMPS = BODIES["stamps"]

for _name, _bodies in BODIES["formats"].items():
    _made = [bytes.fromhex(body) for body in _bodies]
    schemathesis.openapi.format(_name, st.sampled_from(_made).map(Binary))


@schemathesis.hook
def before_call(context, case, **_kwargs):
    """Before good entries stand their stamps, and no header that belongs elsewhere.

    A stamp belongs to the bytes behind it, and each kind of post has a header of its
    own; a file can say neither.
    """
    good = isinstance(case.body, Binary) and case.meta.generation.mode.is_positive
    if case.operation.path != "/v1/entries" or not good:
        return
    for name in ("x-heartwood-stamp", "x-heartwood-stamps"):
        case.headers.pop(name, None)
    told = STAMPS.get(case.body.data.hex())
    if told is None:
        return  # an end needs none
    if case.media_type == "application/octet-stream":
        case.headers["x-heartwood-stamp"] = told
    else:
        stamps = base64.b64encode(bytes.fromhex(told)).decode()
        case.headers["x-heartwood-stamps"] = stamps
