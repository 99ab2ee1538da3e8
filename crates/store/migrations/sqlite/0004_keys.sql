-- Overlays are encrypted: a data key per (owner, class), wrapped by a key in the owner's file, which is not in this database.

CREATE TABLE data_keys (
    id              TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 32), -- random, hex; the owner's file names its wrapping key so
    owner           TEXT NOT NULL CHECK (length(owner) > 0), -- organization whose data it encrypts
    class           TEXT NOT NULL CHECK (class IN ('appended', 'proprietary', 'private')), -- field class
    status          TEXT NOT NULL CHECK (status IN ('current', 'destroying', 'destroyed')), -- destroying: gone here, its wrapping key not yet known to be gone
    wrapped         TEXT NOT NULL, -- the key, encrypted by its wrapping key (AES-256-GCM), hex; empty once destroyed
    created_at      TEXT NOT NULL, -- when it was made
    destroyed_at    TEXT, -- when it was destroyed
    updated_at      TEXT NOT NULL, -- when this row last changed
    updated_by      TEXT NOT NULL, -- by which transaction
    CHECK ((status = 'current') = (destroyed_at IS NULL)),
    CHECK ((status = 'current') = (length(wrapped) > 0))
) STRICT;

CREATE UNIQUE INDEX data_keys_current ON data_keys (owner, class) WHERE status = 'current';

ALTER TABLE appends ADD COLUMN
    key_id          TEXT REFERENCES data_keys (id); -- data key of its files and report, and of the digests in file_sha256 and id_column; none: plain, of release 0.1, encrypted when the directory is next opened

ALTER TABLE exports ADD COLUMN
    key_id          TEXT REFERENCES data_keys (id); -- data key under which columns are encrypted; none for class base

INSERT INTO settings (name, value, updated_at, updated_by)
SELECT 'overlays_plain', 'yes', max(created_at), 'migrate'
FROM (SELECT created_at FROM appends UNION ALL SELECT created_at FROM exports WHERE class <> 'base') AS plain
HAVING count(*) > 0;
