"""``python -m siammixer``: the command ``siammixer``."""

import sys

from siammixer.cli.main import main

sys.exit(main())
