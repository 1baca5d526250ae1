"""What the assistant can do for a family: rasa-sdk actions over the plain Python of `actions.desk`."""
