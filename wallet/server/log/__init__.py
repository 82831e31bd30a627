"""The log itself: admission, sequencing, storage, signing, publication."""
