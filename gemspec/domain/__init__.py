"""Values that everybody shares: what people declare, what the service has, the plan between them. Pure, no I/O."""
