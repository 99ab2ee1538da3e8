-- Lists that were matched with a state's voters, and what reviewers answered. Rows, pairs, answers, names of columns and
-- counts are the organization's private data: they lie encrypted under its key, here and in `matches/<owner>/<id>/`.

CREATE TABLE match_runs (
    id              TEXT NOT NULL PRIMARY KEY, -- <date>-<12 random digits>; the folder's name
    state           TEXT NOT NULL CHECK (length(state) = 2), -- two letters, lower case
    owner           TEXT NOT NULL CHECK (length(owner) > 0), -- organization whose list it is
    snapshot_id     TEXT NOT NULL, -- the snapshot with which it was matched
    key_id          TEXT NOT NULL REFERENCES data_keys (id), -- the owner's private data key
    report          TEXT NOT NULL, -- the report as JSON, encrypted: file, columns, counts, model, digests of the tables
    lineage         TEXT NOT NULL, -- what it was made from as JSON: it lives only as long as all of that is granted
    made_by         TEXT NOT NULL, -- by whom
    status          TEXT NOT NULL CHECK (status IN ('current', 'removed')), -- removed: its files are deleted
    created_at      TEXT NOT NULL, -- when it was made
    removed_at      TEXT, -- when it was removed
    updated_at      TEXT NOT NULL, -- when this row last changed
    updated_by      TEXT NOT NULL, -- by which transaction
    CHECK ((status = 'removed') = (removed_at IS NOT NULL))
) STRICT;

CREATE INDEX match_runs_by_owner ON match_runs (owner, state, created_at);

CREATE TABLE match_answers (
    run_id          TEXT NOT NULL REFERENCES match_runs (id), -- of which run
    sequence        INTEGER NOT NULL CHECK (sequence > 0), -- in the order of the answers; nothing is overwritten
    reviewer        TEXT NOT NULL, -- who answered
    answer          TEXT NOT NULL, -- pair and answer as JSON, encrypted
    created_at      TEXT NOT NULL, -- when
    updated_by      TEXT NOT NULL, -- by which transaction
    PRIMARY KEY (run_id, sequence)
) STRICT;
