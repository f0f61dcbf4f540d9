"""The dataflow: versions of names (timeline), deferred reads (callers), the graph (network)."""
