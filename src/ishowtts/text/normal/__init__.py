"""The rules of `text.normalize`, one kind of token a module."""
