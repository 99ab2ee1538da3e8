-- Lists that were matched with a state's voters, and what reviewers answered. Rows, pairs, answers, names of columns and
-- counts are the organization's private data: they lie encrypted under its key, here and in `matches/<owner>/<id>/`.

CREATE TABLE match_runs (
    id              text NOT NULL PRIMARY KEY,
    state           text NOT NULL CHECK (length(state) = 2),
    owner           text NOT NULL CHECK (length(owner) > 0),
    snapshot_id     text NOT NULL,
    key_id          text NOT NULL REFERENCES data_keys (id),
    report          text NOT NULL,
    lineage         text NOT NULL,
    made_by         text NOT NULL,
    status          text NOT NULL CHECK (status IN ('current', 'removed')),
    created_at      text NOT NULL,
    removed_at      text,
    updated_at      text NOT NULL,
    updated_by      text NOT NULL,
    CHECK ((status = 'removed') = (removed_at IS NOT NULL))
);
COMMENT ON COLUMN match_runs.id IS '<date>-<12 random digits>; the folder''s name';
COMMENT ON COLUMN match_runs.state IS 'two letters, lower case';
COMMENT ON COLUMN match_runs.owner IS 'organization whose list it is';
COMMENT ON COLUMN match_runs.snapshot_id IS 'the snapshot with which it was matched';
COMMENT ON COLUMN match_runs.key_id IS 'the owner''s private data key';
COMMENT ON COLUMN match_runs.report IS 'the report as JSON, encrypted: file, columns, counts, model, digests of the tables';
COMMENT ON COLUMN match_runs.lineage IS 'what it was made from as JSON: it lives only as long as all of that is granted';
COMMENT ON COLUMN match_runs.made_by IS 'by whom';
COMMENT ON COLUMN match_runs.status IS 'removed: its files are deleted';
COMMENT ON COLUMN match_runs.created_at IS 'when it was made';
COMMENT ON COLUMN match_runs.removed_at IS 'when it was removed';
COMMENT ON COLUMN match_runs.updated_at IS 'when this row last changed';
COMMENT ON COLUMN match_runs.updated_by IS 'by which transaction';

CREATE INDEX match_runs_by_owner ON match_runs (owner, state, created_at);

CREATE TABLE match_answers (
    run_id          text NOT NULL REFERENCES match_runs (id),
    sequence        bigint NOT NULL CHECK (sequence > 0),
    reviewer        text NOT NULL,
    answer          text NOT NULL,
    created_at      text NOT NULL,
    updated_by      text NOT NULL,
    PRIMARY KEY (run_id, sequence)
);
COMMENT ON COLUMN match_answers.run_id IS 'of which run';
COMMENT ON COLUMN match_answers.sequence IS 'in the order of the answers; nothing is overwritten';
COMMENT ON COLUMN match_answers.reviewer IS 'who answered';
COMMENT ON COLUMN match_answers.answer IS 'pair and answer as JSON, encrypted';
COMMENT ON COLUMN match_answers.created_at IS 'when';
COMMENT ON COLUMN match_answers.updated_by IS 'by which transaction';
