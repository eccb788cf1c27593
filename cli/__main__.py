"""`python -m cli` is the gouji command; `gouji up` starts its services this way."""

from cli.main import main

main()
