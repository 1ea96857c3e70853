"""One file per demo system: how its records are laid down, and nothing else."""
