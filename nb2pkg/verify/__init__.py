"""Run the original and the narrative in real kernels, and compare them value by value."""
