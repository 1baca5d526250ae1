"""The SMS door: Twilio's webhooks in, replies out through the outbox, both laid out for a phone."""
