-- A held load may be discarded: its report stays, its rows go. What `loads` may say grows by that end.

ALTER TABLE snapshots ADD COLUMN
    discarded_at    TEXT DEFAULT NULL; -- when a person discarded it while it was held; only report and manifest are left of it

ALTER TABLE loads RENAME TO loads_before;

CREATE TABLE loads (
    id              TEXT NOT NULL PRIMARY KEY, -- random; a page's job has the same one
    state           TEXT NOT NULL CHECK (length(state) = 2), -- two letters, lower case
    verb            TEXT NOT NULL, -- what holds the state's lock: load, accept, discard, undo
    holder          TEXT NOT NULL, -- the principal that asked for it
    pid             INTEGER NOT NULL, -- process id on that host
    host            TEXT NOT NULL, -- name of the machine
    snapshot_id     TEXT, -- the folder that it is about to put in place or to clear; tells the next load what a crash left behind
    started_at      TEXT NOT NULL, -- when the lock was taken
    finished_at     TEXT, -- when it was given back; none while it runs
    outcome         TEXT CHECK (outcome IN ('published', 'held', 'accepted', 'discarded', 'undone', 'unchanged', 'failed', 'interrupted')), -- how it ended
    updated_at      TEXT NOT NULL, -- when this row last changed
    updated_by      TEXT NOT NULL, -- by which transaction
    CHECK ((finished_at IS NULL) = (outcome IS NULL))
) STRICT;

INSERT INTO loads SELECT id, state, verb, holder, pid, host, snapshot_id, started_at, finished_at, outcome, updated_at, updated_by FROM loads_before;

DROP TABLE loads_before;

CREATE INDEX loads_by_state ON loads (state, started_at);
