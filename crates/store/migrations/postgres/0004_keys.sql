-- Overlays are encrypted: a data key per (owner, class), wrapped by a key in the owner's file, which is not in this database.

CREATE TABLE data_keys (
    id              text NOT NULL PRIMARY KEY CHECK (length(id) = 32),
    owner           text NOT NULL CHECK (length(owner) > 0),
    class           text NOT NULL CHECK (class IN ('appended', 'proprietary', 'private')),
    status          text NOT NULL CHECK (status IN ('current', 'destroying', 'destroyed')),
    wrapped         text NOT NULL,
    created_at      text NOT NULL,
    destroyed_at    text,
    updated_at      text NOT NULL,
    updated_by      text NOT NULL,
    CHECK ((status = 'current') = (destroyed_at IS NULL)),
    CHECK ((status = 'current') = (length(wrapped) > 0))
);
COMMENT ON COLUMN data_keys.id IS 'random, hex; the owner''s file names its wrapping key so';
COMMENT ON COLUMN data_keys.owner IS 'organization whose data it encrypts';
COMMENT ON COLUMN data_keys.class IS 'field class';
COMMENT ON COLUMN data_keys.status IS 'destroying: gone here, its wrapping key not yet known to be gone';
COMMENT ON COLUMN data_keys.wrapped IS 'the key, encrypted by its wrapping key (AES-256-GCM), hex; empty once destroyed';
COMMENT ON COLUMN data_keys.created_at IS 'when it was made';
COMMENT ON COLUMN data_keys.destroyed_at IS 'when it was destroyed';
COMMENT ON COLUMN data_keys.updated_at IS 'when this row last changed';
COMMENT ON COLUMN data_keys.updated_by IS 'by which transaction';

CREATE UNIQUE INDEX data_keys_current ON data_keys (owner, class) WHERE status = 'current';

ALTER TABLE appends ADD COLUMN
    key_id          text REFERENCES data_keys (id);
COMMENT ON COLUMN appends.key_id IS 'data key of its files and report, and of the digests in file_sha256 and id_column; none: plain, of release 0.1, encrypted when the directory is next opened';

ALTER TABLE exports ADD COLUMN
    key_id          text REFERENCES data_keys (id);
COMMENT ON COLUMN exports.key_id IS 'data key under which columns are encrypted; none for class base';

INSERT INTO settings (name, value, updated_at, updated_by)
SELECT 'overlays_plain', 'yes', max(created_at), 'migrate'
FROM (SELECT created_at FROM appends UNION ALL SELECT created_at FROM exports WHERE class <> 'base') AS plain
HAVING count(*) > 0;
