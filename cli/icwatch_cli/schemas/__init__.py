"""JSON Schemas, made of the constants that the readers and writers use. Pure."""
