"""What CI systems read: GitHub annotations and SARIF, with places in the checkout."""
