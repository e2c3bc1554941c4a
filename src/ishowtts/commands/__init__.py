"""The commands of `ishowtts`, one a file.

Anything heavy is imported inside a command, so that `--help` answers at once.
"""
