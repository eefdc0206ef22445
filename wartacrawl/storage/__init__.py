"""What is kept: the ledger, the exported lines, archived pages, and the checks on them."""
