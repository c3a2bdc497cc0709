"""What people read in a pull request, drawn from the documents of `reports`."""
