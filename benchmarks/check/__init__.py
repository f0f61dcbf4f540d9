"""How sure and how fast is nb2pkg check?"""
