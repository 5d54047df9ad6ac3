"""The scenarios of the original simulators, in their own words or in those of the standard.

`scenarios` tells what happens, a `cast.Charger` makes it happen: `standard` is a virtual station, `legacy` is one of
the original programs with all its habits (`words_a`, `words_b`), written anew from what is known of their wire. `run`
puts a scenario on stage.
"""
