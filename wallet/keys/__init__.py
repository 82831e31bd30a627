"""The only users of the cryptography library: signing, sealing, streams, derivation."""
