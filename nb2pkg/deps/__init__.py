"""nb2pkg deps: what code needs beside what is declared, installed and pinned."""
