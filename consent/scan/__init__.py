"""A browser that looks whether a site does what its site file declares: the monitor that fails loudly (regulation R27).

`visits` drives the browser and writes down what it saw; `check` compares that with the site file, and is pure.
"""
