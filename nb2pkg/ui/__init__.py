"""nb2pkg ui: a page of this machine, for who reviews packages and has no JupyterLab open.

guard      which requests are answered
server     tornado: the page, its files and the calls of the service
static/    the page; components.js is what it shares with the panel of JupyterLab
"""
