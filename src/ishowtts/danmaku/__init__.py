"""Chat read aloud: what is read, in which order, when, and to whom."""
