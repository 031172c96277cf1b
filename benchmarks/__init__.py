"""Made-up districts of four sizes, hand-tuned SQL for five rules, and the race between it and the engine."""
