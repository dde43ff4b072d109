"""What `make new-contract` writes: a kind of message that lands, is staged and accounted for."""
