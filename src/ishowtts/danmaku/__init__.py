<<<<<<< HEAD
"""Chat read aloud: what is read, in which order, when, and to whom."""
=======
"""Chat → speech: events, what is done to their text, what is read of it and how.

Pure leaves at the bottom, a room on top of them; none of it imports torch.
"""
>>>>>>> 430454c (An event is what every source hands on: bounded whatever a platform sends, cut between characters)
