"""The formats in which projects declare what they need. Each reader gives Declarations."""
