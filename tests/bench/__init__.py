"""How near the limit we are: ratios measured in one run, with a bare program's figure beside each of ours."""
