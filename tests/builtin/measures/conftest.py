"""The tables of this folder can find the small district that they are tried on."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
