"""Messages: invited, claimed, sent, receipted, answered; the outbox is the truth."""
