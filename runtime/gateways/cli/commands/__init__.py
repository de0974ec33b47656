"""The commands, a file each; `callboard.runtime.gateways.cli.catalogue` lists them.

A command is a module with two functions, and loads what is slow to load only in the
second one, so that its help comes at once:

    def configure(parser: ArgumentParser) -> None: ...
    def run(options: Namespace, screen: Screen) -> int: ...
"""
