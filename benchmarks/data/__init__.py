"""How fast two large tables are compared, and with how much memory."""
