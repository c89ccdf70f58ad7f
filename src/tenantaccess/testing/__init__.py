"""What helps to test: an executable reference model of the rules, to run beside the library."""
