"""The commands ``python -m analysis estimate | rank | verify``; formats in docs/statistics.md."""

import sys

from analysis.commands import Tables, main
from sampling.files import read_table, whole, write_table

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Tables(read_table, write_table, whole)))
