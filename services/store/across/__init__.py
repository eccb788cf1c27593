"""Across documents: what a disclosure says of another one, compared with what that one says itself.

The accounts of a year begin with what the year before left (年初结转 = 上年年末结转), compare themselves with the year
before (与上年相比), restate the budget (年初预算), and a department adds up its units. `rules.yaml` says which figures
must agree, `extract` takes them from a document when it is stored, `judge` compares them by intervals, `compare` does
so whenever a document or a counterpart of it is stored, superseded or withdrawn.
"""
