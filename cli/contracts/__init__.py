"""The public contracts, generated from the event classes: JSON Schemas, AsyncAPI 3, an example per topic."""
