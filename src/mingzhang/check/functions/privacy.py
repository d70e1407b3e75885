"""What must not be published: identity and mobile numbers, accounts, private persons by name."""
