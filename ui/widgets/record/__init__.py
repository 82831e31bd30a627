"""The page of one record, made of parts: one file a part, listed in ``panel``."""
