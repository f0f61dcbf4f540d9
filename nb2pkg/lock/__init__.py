"""nb2pkg lock: every distribution that a project needs, in one version, with its hashes."""
