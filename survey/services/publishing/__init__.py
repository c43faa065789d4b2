"""From a closed wave to a release: analysis file, estimates, what may be shown, files."""
