"""What the Makefile calls: work on the project itself, not part of nb2pkg."""
