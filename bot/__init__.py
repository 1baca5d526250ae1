"""The conversation, its front doors and the `familydesk` command."""
