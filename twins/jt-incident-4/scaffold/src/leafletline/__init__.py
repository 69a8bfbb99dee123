"""{{assistant}}: answers patients' questions from approved leaflets, with the place cited."""
