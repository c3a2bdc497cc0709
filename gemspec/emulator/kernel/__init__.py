"""What all services of the emulator stand on: calls, clock, database, messages, paging, errors."""
