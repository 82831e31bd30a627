"""`python -m wallet` is the `heartwood` command."""

import sys

from wallet.cli.main import main

sys.exit(main())
