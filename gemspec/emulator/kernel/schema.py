"""The tables of the emulator's SQLite file, as the migration steps that made them.

The file's version is the number of its steps: a file of an older emulator gets the steps that it lacks, and keeps its
content. A step that has been released is never changed. No statement has a semicolon inside.
"""

from __future__ import annotations

GEMINI = """
CREATE TABLE models (
  number INTEGER PRIMARY KEY AUTOINCREMENT,  -- the order of lists, also in page tokens
  id TEXT NOT NULL UNIQUE,
  operation TEXT NOT NULL,
  settings TEXT NOT NULL,                    -- JSON: the fields that the caller set or that were filled in on create
  start INTEGER NOT NULL, duration INTEGER NOT NULL,
  examples INTEGER NOT NULL, epochs INTEGER NOT NULL, batch INTEGER NOT NULL,
  fails INTEGER NOT NULL, cancelled INTEGER
) STRICT;
CREATE TABLE training_data (
  model INTEGER PRIMARY KEY REFERENCES models ON DELETE CASCADE,
  examples TEXT NOT NULL                     -- JSON: [[text input, output], ...]
) STRICT;
CREATE TABLE permissions (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  model INTEGER NOT NULL REFERENCES models ON DELETE CASCADE,
  id TEXT NOT NULL, grantee_type TEXT NOT NULL, email TEXT, role TEXT NOT NULL,
  UNIQUE (model, id)
) STRICT;
CREATE INDEX permissions_by_email ON permissions (model, email);
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
INSERT INTO counters VALUES ('trainings', 0);
"""

STORAGE = """
CREATE TABLE buckets (
  name TEXT PRIMARY KEY,
  project INTEGER NOT NULL,                  -- the project's number
  settings TEXT NOT NULL,                    -- JSON: the fields that the caller set
  created INTEGER NOT NULL
) STRICT;
CREATE TABLE contents (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  size INTEGER NOT NULL DEFAULT 0,           -- bytes that have arrived
  started INTEGER NOT NULL
) STRICT;
CREATE TABLE pieces (
  content INTEGER NOT NULL REFERENCES contents ON DELETE CASCADE,
  start INTEGER NOT NULL, bytes BLOB NOT NULL,
  PRIMARY KEY (content, start)
) STRICT;
CREATE TABLE objects (
  bucket TEXT NOT NULL REFERENCES buckets,
  name TEXT NOT NULL,
  generation INTEGER NOT NULL,
  content INTEGER NOT NULL REFERENCES contents,
  settings TEXT NOT NULL,                    -- JSON: the fields that the caller set
  size INTEGER NOT NULL, crc32c TEXT NOT NULL, md5 TEXT NOT NULL, created INTEGER NOT NULL,
  PRIMARY KEY (bucket, name)
) STRICT;
CREATE TABLE uploads (                       -- resumable ones
  id TEXT PRIMARY KEY,
  content INTEGER REFERENCES contents ON DELETE SET NULL,
  wish TEXT NOT NULL,                        -- JSON: the upload request
  answer TEXT                                -- JSON: the object, once it is done
) STRICT;
CREATE INDEX objects_by_content ON objects (content);
CREATE INDEX uploads_by_content ON uploads (content);
INSERT INTO counters VALUES ('generation', 0);
"""

VERTEX = """
CREATE TABLE vertex_jobs (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE, project INTEGER NOT NULL, location TEXT NOT NULL,
  settings TEXT NOT NULL,                    -- JSON: the fields that the caller set or that were filled in on create
  stats TEXT NOT NULL,                       -- JSON: counts of the training data
  created INTEGER NOT NULL,
  begins INTEGER NOT NULL,                   -- when it leaves the queue, as far as is known
  duration INTEGER NOT NULL, fails INTEGER NOT NULL, cancelled INTEGER
) STRICT;
CREATE TABLE vertex_examples (
  job INTEGER NOT NULL REFERENCES vertex_jobs, number INTEGER NOT NULL,
  prompt TEXT NOT NULL, answer TEXT NOT NULL,
  PRIMARY KEY (job, number)
) STRICT;
CREATE INDEX vertex_examples_by_prompt ON vertex_examples (job, prompt);
CREATE TABLE vertex_models (                 -- a row for a version, which callers see once its job has succeeded
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL, version INTEGER NOT NULL, project INTEGER NOT NULL, location TEXT NOT NULL,
  job INTEGER NOT NULL REFERENCES vertex_jobs,
  settings TEXT NOT NULL, updated INTEGER, gone INTEGER,
  UNIQUE (id, version)
) STRICT;
CREATE TABLE vertex_endpoints (              -- each with the model that its job deployed
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE, project INTEGER NOT NULL, location TEXT NOT NULL,
  model INTEGER NOT NULL REFERENCES vertex_models,
  checkpoint TEXT NOT NULL,                  -- JSON: {checkpoint_id, epoch, step}
  deployment TEXT NOT NULL, undeployed INTEGER,
  settings TEXT NOT NULL, updated INTEGER, gone INTEGER
) STRICT;
CREATE INDEX vertex_endpoints_by_model ON vertex_endpoints (model);
CREATE TABLE vertex_operations (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  target TEXT NOT NULL,                      -- the resource that it works on
  kind TEXT NOT NULL, created INTEGER NOT NULL, ends INTEGER NOT NULL
) STRICT;
CREATE INDEX vertex_operations_by_target ON vertex_operations (target);
"""

# Why a training fails by a fault file; NULL if its data is the reason, or if it does not fail.
FAILURES = """
ALTER TABLE models ADD COLUMN failure TEXT;
ALTER TABLE vertex_jobs ADD COLUMN failure TEXT
"""

# Endpoints that callers create, and models that callers deploy; jobs that make a model and no endpoint.
DEPLOYMENTS = """
ALTER TABLE vertex_jobs ADD COLUMN partly INTEGER NOT NULL DEFAULT 0;
ALTER TABLE vertex_endpoints RENAME TO old_endpoints;
DROP INDEX vertex_endpoints_by_model;
CREATE TABLE vertex_endpoints (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE, project INTEGER NOT NULL, location TEXT NOT NULL,
  maker INTEGER REFERENCES vertex_models,    -- the model with which its job made it, NULL where a caller created it
  created INTEGER,                           -- then: when
  model INTEGER REFERENCES vertex_models,    -- what was deployed last
  checkpoint TEXT NOT NULL,                  -- JSON: {checkpoint_id, epoch, step}
  deployment TEXT NOT NULL, deployed INTEGER, undeployed INTEGER,
  settings TEXT NOT NULL, updated INTEGER, gone INTEGER
) STRICT;
INSERT INTO vertex_endpoints
  SELECT number, id, project, location, model, NULL, model, checkpoint, deployment, NULL, undeployed, settings, updated,
    gone
  FROM old_endpoints;
DROP TABLE old_endpoints;
CREATE INDEX vertex_endpoints_by_model ON vertex_endpoints (model);
CREATE INDEX vertex_endpoints_by_maker ON vertex_endpoints (maker)
"""

STEPS = (GEMINI, STORAGE + VERTEX, FAILURES, DEPLOYMENTS)
