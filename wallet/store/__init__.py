"""The only users of sqlcipher3: connection, migrations, backup."""
