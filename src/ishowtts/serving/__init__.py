"""The worker process and its queue: submitting, stepping, cancelling, restarting.

Torch-free: the engine behind it is anything that satisfies `ishowtts.engine.job.Engine`.
"""
