"""A clinic's copy of a million entries, by commands: killed, resumed, asked offline.

``python -m tests.bench.clinic_million [ENTRIES]`` prints what it measured, as JSON; it
fails where an answer is wrong. `tests.walks.test_long_sync` is its short form.
"""

import json
import sys
import tempfile
from pathlib import Path

from tests.support.long_clinic import walk

MILLION = 1_000_000
BEFORE = 50_000  # what a copy of half a year ago holds
KILLS = 5


def measure(folder, entries=MILLION):
    """Seconds and MiB of every part."""
    before = min(BEFORE, entries // 20)
    walked = walk(folder, before=before, entries=entries - before, kills=KILLS)
    synced = walked.synced
    assert all(was.items() <= left.items() for was, left in walked.killed)
    assert walked.killed[-1][1].items() <= walked.last.items()
    answers = {name: said["reason"] for name, (said, _) in walked.checked.items()}
    assert answers == {"stands": "go_ahead", "ended": "withdrawn"}
    return {
        "entries": walked.world.size,
        "server_published_after_seconds": round(walked.published_seconds, 1),
        "killed_with_bundles": [len(left) for _, left in walked.killed],
        "progress_lines": len(synced["shown"]),
        **{
            name: synced[name]
            for name in ("resumed_seconds", "seconds", "cpu_seconds", "peak_mib")
        },
        "check_seconds": {name: took for name, (_, took) in walked.checked.items()},
        "size_checked": walked.checked["stands"][0]["checkpoint"]["size"],
    }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        wanted = int(sys.argv[1]) if sys.argv[1:] else MILLION
        print(json.dumps(measure(Path(made), wanted), indent=1))
