"""What a panel in an editor, or a page, asks of nb2pkg: JSON in, JSON out, and no web in it.

``calls.Service`` answers: the state of a notebook, a preview of a function, tags, validation, approval,
what drifted, and jobs that take long. The text of a notebook comes from whoever asks, since what is not
saved yet counts too; the package is read from the disk.

    model      what is answered, as frozen dataclasses; ``schema`` makes a JSON Schema of each
    opened     a notebook as the editor has it, with the package that was made from it
    cells      the badge of each cell, and why
    preview    functions as they would be
    decide     tags, validation and approval
    projects   the notebooks and packages of a folder
    jobs       commands that take long, with their progress
    calls      the names of all these, and the checks of what is asked
"""
