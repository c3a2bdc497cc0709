"""What is permanent on a service, version 1: hashes, ids, fingerprints and the two forms of the marker. Pure."""
