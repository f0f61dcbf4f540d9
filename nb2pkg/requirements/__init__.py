"""What code needs of others: which distributions, in which versions, and who asks for them."""
