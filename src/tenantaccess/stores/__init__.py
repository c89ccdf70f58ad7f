"""Where facts are kept: each store passes the same contract, `testing.contracts`."""
