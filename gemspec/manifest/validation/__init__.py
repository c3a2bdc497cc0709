"""Documents to problems: the schema, provider rules, and what no schema can say."""
