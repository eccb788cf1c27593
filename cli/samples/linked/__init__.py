"""Disclosures that speak of each other: several years of many units, with errors planted between documents.

What a year begins with is what the year before left; the text compares with last year's figures; the accounts restate
the budget; a department adds up its units. `world` draws the accounts, `slips` makes some documents say otherwise,
`expected` tells by intervals, independently of the store, which relations that breaks, `command` writes it all.
"""
