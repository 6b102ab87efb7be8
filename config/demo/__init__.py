"""The demonstration: a little real input of each system, sent over HTTP, and what came out.

To show another system, add a module here with a `TITLE` and a function `run(api, console)`; it is found by itself.
"""
