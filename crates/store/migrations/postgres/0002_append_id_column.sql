-- One file may be appended by several of its columns: the id column is part of what makes an append the same.

ALTER TABLE appends ADD COLUMN
    id_column       text NOT NULL DEFAULT '';

COMMENT ON COLUMN appends.id_column IS 'column that held the voter id, trimmed, lower case';

UPDATE appends SET id_column = lower(trim(report::json ->> 'id_column'));

DROP INDEX appends_once;

CREATE UNIQUE INDEX appends_once ON appends (state, owner, class, file_sha256, id_column) WHERE status <> 'removed';
