"""Chat read aloud: what is read, in which order, when, and to whom.

Pure leaves at the bottom, a room on top of them; none of it imports torch.
"""
