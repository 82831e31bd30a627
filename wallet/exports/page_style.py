"""How the readable page looks: one sheet, no script, no link, large enough to read."""

from __future__ import annotations

import base64
import hashlib

STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 2.5rem 2rem 4rem; background: #FAF7F2;
  color: #2A2320; font: 1.15rem/1.5 "Atkinson Hyperlegible Next",
  "Atkinson Hyperlegible", Verdana, "DejaVu Sans", sans-serif; }
h1 { font-size: 2.1rem; line-height: 1.2; margin: 0 0 .3rem; }
h2 { font-size: 1.5rem; margin: 3rem 0 .8rem; padding-top: .8rem;
  border-top: 3px solid #8A3B2A; }
h3 { font-size: 1.15rem; margin: 1.6rem 0 .4rem; }
a { color: #8A3B2A; }
.lead, .small { color: #665A51; margin: .2rem 0; }
.small { font-size: 1rem; }
.notice { background: #FBEECF; border: 2px solid #7A5200; border-radius: 12px;
  margin: 1.4rem 0; padding: .9rem 1.2rem; }
.cards { display: grid; gap: 1.2rem;
  grid-template-columns: repeat(auto-fit, minmax(19rem, 1fr)); }
.card { background: #FFFFFF; border: 1px solid #DFD5C9; border-radius: 12px;
  padding: 1.1rem 1.3rem; break-inside: avoid; }
.card h3 { margin-top: 0; }
.card ul { list-style: none; margin: 0; padding: 0; }
.card li { border-top: 1px solid #DFD5C9; padding: .45rem 0; }
.card li:first-child { border-top: 0; }
.card span { color: #665A51; display: block; font-size: 1rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .4rem 1.2rem; list-style: none;
  margin: 1.2rem 0; padding: 0; }
table { background: #FFFFFF; border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid #DFD5C9; padding: .5rem .7rem; text-align: start;
  vertical-align: top; overflow-wrap: anywhere; }
th { color: #665A51; font-size: 1rem; }
td:first-child { white-space: nowrap; width: 11.5rem; }
td span { color: #665A51; display: block; font-size: 1rem; }
tr { break-inside: avoid; }
pre { font: inherit; margin: .4rem 0 0; white-space: pre-wrap; }
footer { border-top: 1px solid #8D7F73; color: #665A51; margin-top: 3rem;
  padding-top: 1rem; }
@media print {
  @page { margin: 18mm 16mm; }
  body { background: #FFFFFF; font-size: 12.5pt; max-width: none; padding: 0; }
  nav { display: none; }
  h2 { break-after: avoid; }
  thead { display: table-header-group; }
}
"""


def policy() -> str:
    """The Content-Security-Policy that lets this sheet in and nothing else."""
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'"
    )
