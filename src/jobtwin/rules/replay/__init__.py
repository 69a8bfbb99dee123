"""The rules that a history is replayed by: what each commit's changes and records must satisfy."""
