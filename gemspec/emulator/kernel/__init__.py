"""What all services of the emulator share: calls, errors, messages, pages of lists, the clock and the database."""
