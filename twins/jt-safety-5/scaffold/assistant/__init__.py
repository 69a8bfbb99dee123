"""The assistant of Larkhaven Travel."""
