"""Our scripts beside learner code, in its sandbox: they carry, start, copy and write down.

Whatever runs with a learner's code may be meddled with by it, so nothing here decides: what came
back is judged outside. Only the standard library and what the learner's own project installs.
"""
