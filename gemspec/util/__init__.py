"""Small helpers that know nothing of gemspec: text, escaping, concurrency, files, schemas, Git."""
