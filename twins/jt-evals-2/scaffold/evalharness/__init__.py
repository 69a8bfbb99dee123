"""An eval harness for the ticket triage feature: offline verdicts and online alerts."""
