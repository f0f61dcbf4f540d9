"""Are the files green that nb2pkg ci writes?"""
