"""nb2pkg verify --env fresh: the narrative in an environment that has only what the package asks for."""
