"""nb2pkg deps: what code needs, compared with what is declared, installed and pinned."""
