"""Who goes to which session, and the words that say why."""
