def f():
    return 'one'
