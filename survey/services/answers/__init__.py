"""What citizens say: answers, refusals, wishes to be called back, and the disposition of each unit."""
