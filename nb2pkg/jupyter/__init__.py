"""What nb2pkg does inside a running notebook. The core knows nothing of it."""
