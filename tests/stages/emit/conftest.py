"""Small districts of these tests are written as those of the oracle are."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
