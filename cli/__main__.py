"""`python -m cli` is the gouji command; `gouji up` starts its services this way."""

from cli.entry import main

main()
