"""Reports as text: for people, and for the machines that people work with."""
