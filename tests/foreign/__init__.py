"""Strangers verify us: readers built on libraries nobody here wrote.

sumdb.go      golang.org/x/mod/sumdb, as Debian packages it
scales.py     tlog-scales, from the Python package index
sigstore.js   @sigstore/verify, from the npm registry
scitt.py      scitt-cose, which reads COSE receipts
merkle.py     pymerkle, which builds the same tree
webcrypto.js  what every browser has: it opens a package

Each of the first three is a program of its own that is handed an address and keys
(`subject` in sumdb.go), reads the public files of a running server, and says step by
step what it accepts. `packaging/strangers` sets up what they need; without it they are
skipped with a reason, and with HEARTWOOD_STRANGERS=required, as .ci/run has it, that
is a failure.
"""
