"""Simulated language models behind an OpenAI-compatible address: what some twins build upon.

Text, latency and faults are a pure function of the server's seed, the model, the messages, the
parameters and the attempt number, so that a grade can be computed again. The models read what they
are given: what an engineer changes in a prompt, a context or a guard has its effect.
"""
