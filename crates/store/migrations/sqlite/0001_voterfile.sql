-- The voter file: snapshots known, which is current, who loads, overlays, exports, settings.
-- Times are RFC 3339 in UTC with milliseconds; dates are ISO; `updated_by` is the name of the transaction that wrote the row.

CREATE TABLE snapshots (
    state           TEXT NOT NULL CHECK (length(state) = 2), -- two letters, lower case
    id              TEXT NOT NULL CHECK (length(id) = 23), -- <date>-<first 12 digits of the inputs' digest>; the folder's name
    as_of           TEXT NOT NULL CHECK (length(as_of) = 10), -- the list's own date
    inputs_digest   TEXT NOT NULL CHECK (length(inputs_digest) = 64), -- sha256 over the digests of all input files, hex
    status          TEXT NOT NULL CHECK (status IN ('published', 'held', 'undone')), -- where it is in its life
    predecessor     TEXT, -- the snapshot which was current when this one was made
    layout          TEXT NOT NULL, -- layout name and version
    voters          INTEGER NOT NULL CHECK (voters >= 0), -- voters on the list; dropped ones not counted
    households      INTEGER NOT NULL CHECK (households >= 0), -- households on the list
    gate_failed     TEXT NOT NULL, -- JSON list of the gate's rules that failed, with details; [] when it passed
    accepted_reason TEXT, -- why a person accepted a load that the gate held
    created_at      TEXT NOT NULL, -- when it was first written
    updated_at      TEXT NOT NULL, -- when this row last changed
    updated_by      TEXT NOT NULL, -- by which transaction
    PRIMARY KEY (state, id)
) STRICT;

CREATE INDEX snapshots_by_inputs ON snapshots (state, inputs_digest);

CREATE TABLE current_snapshots (
    state           TEXT NOT NULL PRIMARY KEY, -- one pointer a state
    snapshot_id     TEXT NOT NULL, -- the snapshot that everybody reads
    updated_at      TEXT NOT NULL, -- when the pointer last moved
    updated_by      TEXT NOT NULL, -- by which transaction
    FOREIGN KEY (state, snapshot_id) REFERENCES snapshots (state, id)
) STRICT;

CREATE TABLE loads (
    id              TEXT NOT NULL PRIMARY KEY, -- random
    state           TEXT NOT NULL CHECK (length(state) = 2), -- two letters, lower case
    verb            TEXT NOT NULL, -- what holds the state's lock: load, accept, undo
    holder          TEXT NOT NULL, -- the principal that asked for it
    pid             INTEGER NOT NULL, -- process id on that host
    host            TEXT NOT NULL, -- name of the machine
    snapshot_id     TEXT, -- the folder that it is about to put in place; tells the next load what a crash left behind
    started_at      TEXT NOT NULL, -- when the lock was taken
    finished_at     TEXT, -- when it was given back; none while it runs
    outcome         TEXT CHECK (outcome IN ('published', 'held', 'accepted', 'undone', 'unchanged', 'failed', 'interrupted')), -- how it ended
    updated_at      TEXT NOT NULL, -- when this row last changed
    updated_by      TEXT NOT NULL, -- by which transaction
    CHECK ((finished_at IS NULL) = (outcome IS NULL))
) STRICT;

CREATE INDEX loads_by_state ON loads (state, started_at);

CREATE TABLE load_files (
    state           TEXT NOT NULL, -- two letters, lower case
    snapshot_id     TEXT NOT NULL, -- the snapshot made from it
    position        INTEGER NOT NULL CHECK (position >= 0), -- index in the manifest's list of files
    name            TEXT NOT NULL, -- name inside the delivery
    sha256          TEXT NOT NULL CHECK (length(sha256) = 64), -- digest of the file, unpacked, hex
    bytes           INTEGER NOT NULL CHECK (bytes >= 0), -- size unpacked
    updated_by      TEXT NOT NULL, -- by which transaction
    PRIMARY KEY (state, snapshot_id, position),
    FOREIGN KEY (state, snapshot_id) REFERENCES snapshots (state, id)
) STRICT;

CREATE TABLE appends (
    id              TEXT NOT NULL PRIMARY KEY, -- <date>-<12 random digits>; the folder's name
    state           TEXT NOT NULL CHECK (length(state) = 2), -- two letters, lower case
    owner           TEXT NOT NULL CHECK (length(owner) > 0), -- organization whose data it is
    class           TEXT NOT NULL CHECK (class IN ('appended', 'proprietary', 'private')), -- field class
    file_name       TEXT NOT NULL, -- as given
    file_sha256     TEXT NOT NULL CHECK (length(file_sha256) = 64), -- digest of the file, hex
    snapshot_id     TEXT NOT NULL, -- the snapshot with which it was joined
    report          TEXT NOT NULL, -- the report as JSON
    status          TEXT NOT NULL CHECK (status IN ('current', 'replaced', 'removed')), -- whether its values are shown
    replaces        TEXT, -- the append with the same columns that it took the place of
    created_at      TEXT NOT NULL, -- when it was added
    removed_at      TEXT, -- when it was removed
    updated_at      TEXT NOT NULL, -- when this row last changed
    updated_by      TEXT NOT NULL, -- by which transaction
    CHECK ((status = 'removed') = (removed_at IS NOT NULL))
) STRICT;

CREATE UNIQUE INDEX appends_once ON appends (state, owner, class, file_sha256) WHERE status <> 'removed';

CREATE TABLE exports (
    id              TEXT NOT NULL PRIMARY KEY, -- random; voters' keys in the file depend on it
    state           TEXT NOT NULL CHECK (length(state) = 2), -- two letters, lower case
    snapshot_id     TEXT NOT NULL, -- what was exported
    organization_id TEXT NOT NULL, -- for whom
    principal       TEXT NOT NULL, -- by whom
    class           TEXT NOT NULL, -- field class asked for
    owner           TEXT, -- owner of the overlay that went out with the base columns
    county          TEXT, -- upper-case name when only one county went out
    format          TEXT NOT NULL CHECK (format IN ('csv', 'parquet', 'xlsx')), -- kind of file
    file            TEXT NOT NULL, -- path of the file
    row_count       INTEGER NOT NULL CHECK (row_count >= 0), -- voters in it
    columns         TEXT NOT NULL, -- JSON list of column names
    bytes           INTEGER NOT NULL CHECK (bytes >= 0), -- size of the file
    sha256          TEXT NOT NULL CHECK (length(sha256) = 64), -- digest of the file, hex
    created_at      TEXT NOT NULL, -- when
    updated_by      TEXT NOT NULL -- by which transaction
) STRICT;

CREATE INDEX exports_by_organization ON exports (organization_id, created_at);

CREATE TABLE settings (
    name            TEXT NOT NULL PRIMARY KEY, -- what
    value           TEXT NOT NULL, -- its value
    updated_at      TEXT NOT NULL, -- when it was set
    updated_by      TEXT NOT NULL -- by which transaction
) STRICT;
