"""What two services must agree on: the document model, events, topics, errors, the worker loop, adapters."""
