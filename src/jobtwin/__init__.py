"""Job Twins: graded simulations of real production AI work, as credentials anyone can verify."""

__version__ = "0.1.0"
