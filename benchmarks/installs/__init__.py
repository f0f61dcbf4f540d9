"""Do promoted packages install and import where there is nothing but what they ask for?"""
