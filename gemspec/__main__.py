"""`python -m gemspec`: the command line where no script is installed."""

from gemspec.cli import main

main()
