-- What an append of matched rows was made from: its values are shown as long as its owner is granted as much.

ALTER TABLE appends ADD COLUMN
    lineage         text NOT NULL DEFAULT '[]';
COMMENT ON COLUMN appends.lineage IS 'JSON list of {owner, class, state, grant with its epoch}; empty: joined by ids';
