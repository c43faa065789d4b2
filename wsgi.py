"""What servers and commands start from."""

import os

from survey import create_app

os.umask(0o077)  # frames, analysis files, exports and backups hold people's answers: they are for their owner only
app = create_app()
