"""Labels and media type of the Prometheus text exposition format, 0.0.4."""

PROMETHEUS = b"text/plain; version=0.0.4; charset=utf-8"


def escape(text: str) -> str:
    """A label's value as it stands between quotes."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
