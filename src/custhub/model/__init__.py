"""The words of custhub: customers, references, decisions, events, ledgers and the frames they travel in. No I/O."""
