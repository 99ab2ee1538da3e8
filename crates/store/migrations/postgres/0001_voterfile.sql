-- The voter file: snapshots known, which is current, who loads, overlays, exports, settings.
-- Times are RFC 3339 in UTC with milliseconds; dates are ISO; `updated_by` is the name of the transaction that wrote the row.

CREATE TABLE snapshots (
    state           text NOT NULL CHECK (length(state) = 2),
    id              text NOT NULL CHECK (length(id) = 23),
    as_of           text NOT NULL CHECK (length(as_of) = 10),
    inputs_digest   text NOT NULL CHECK (length(inputs_digest) = 64),
    status          text NOT NULL CHECK (status IN ('published', 'held', 'undone')),
    predecessor     text,
    layout          text NOT NULL,
    voters          bigint NOT NULL CHECK (voters >= 0),
    households      bigint NOT NULL CHECK (households >= 0),
    gate_failed     text NOT NULL,
    accepted_reason text,
    created_at      text NOT NULL,
    updated_at      text NOT NULL,
    updated_by      text NOT NULL,
    PRIMARY KEY (state, id)
);
COMMENT ON COLUMN snapshots.state IS 'two letters, lower case';
COMMENT ON COLUMN snapshots.id IS '<date>-<first 12 digits of the inputs'' digest>; the folder''s name';
COMMENT ON COLUMN snapshots.as_of IS 'the list''s own date';
COMMENT ON COLUMN snapshots.inputs_digest IS 'sha256 over the digests of all input files, hex';
COMMENT ON COLUMN snapshots.status IS 'where it is in its life';
COMMENT ON COLUMN snapshots.predecessor IS 'the snapshot which was current when this one was made';
COMMENT ON COLUMN snapshots.layout IS 'layout name and version';
COMMENT ON COLUMN snapshots.voters IS 'voters on the list; dropped ones not counted';
COMMENT ON COLUMN snapshots.households IS 'households on the list';
COMMENT ON COLUMN snapshots.gate_failed IS 'JSON list of the gate''s rules that failed, with details; [] when it passed';
COMMENT ON COLUMN snapshots.accepted_reason IS 'why a person accepted a load that the gate held';
COMMENT ON COLUMN snapshots.created_at IS 'when it was first written';
COMMENT ON COLUMN snapshots.updated_at IS 'when this row last changed';
COMMENT ON COLUMN snapshots.updated_by IS 'by which transaction';

CREATE INDEX snapshots_by_inputs ON snapshots (state, inputs_digest);

CREATE TABLE current_snapshots (
    state           text NOT NULL PRIMARY KEY,
    snapshot_id     text NOT NULL,
    updated_at      text NOT NULL,
    updated_by      text NOT NULL,
    FOREIGN KEY (state, snapshot_id) REFERENCES snapshots (state, id)
);
COMMENT ON COLUMN current_snapshots.state IS 'one pointer a state';
COMMENT ON COLUMN current_snapshots.snapshot_id IS 'the snapshot that everybody reads';
COMMENT ON COLUMN current_snapshots.updated_at IS 'when the pointer last moved';
COMMENT ON COLUMN current_snapshots.updated_by IS 'by which transaction';

CREATE TABLE loads (
    id              text NOT NULL PRIMARY KEY,
    state           text NOT NULL CHECK (length(state) = 2),
    verb            text NOT NULL,
    holder          text NOT NULL,
    pid             bigint NOT NULL,
    host            text NOT NULL,
    snapshot_id     text,
    started_at      text NOT NULL,
    finished_at     text,
    outcome         text CHECK (outcome IN ('published', 'held', 'accepted', 'undone', 'unchanged', 'failed', 'interrupted')),
    updated_at      text NOT NULL,
    updated_by      text NOT NULL,
    CHECK ((finished_at IS NULL) = (outcome IS NULL))
);
COMMENT ON COLUMN loads.id IS 'random';
COMMENT ON COLUMN loads.state IS 'two letters, lower case';
COMMENT ON COLUMN loads.verb IS 'what holds the state''s lock: load, accept, undo';
COMMENT ON COLUMN loads.holder IS 'the principal that asked for it';
COMMENT ON COLUMN loads.pid IS 'process id on that host';
COMMENT ON COLUMN loads.host IS 'name of the machine';
COMMENT ON COLUMN loads.snapshot_id IS 'the folder that it is about to put in place; tells the next load what a crash left behind';
COMMENT ON COLUMN loads.started_at IS 'when the lock was taken';
COMMENT ON COLUMN loads.finished_at IS 'when it was given back; none while it runs';
COMMENT ON COLUMN loads.outcome IS 'how it ended';
COMMENT ON COLUMN loads.updated_at IS 'when this row last changed';
COMMENT ON COLUMN loads.updated_by IS 'by which transaction';

CREATE INDEX loads_by_state ON loads (state, started_at);

CREATE TABLE load_files (
    state           text NOT NULL,
    snapshot_id     text NOT NULL,
    position        bigint NOT NULL CHECK (position >= 0),
    name            text NOT NULL,
    sha256          text NOT NULL CHECK (length(sha256) = 64),
    bytes           bigint NOT NULL CHECK (bytes >= 0),
    updated_by      text NOT NULL,
    PRIMARY KEY (state, snapshot_id, position),
    FOREIGN KEY (state, snapshot_id) REFERENCES snapshots (state, id)
);
COMMENT ON COLUMN load_files.state IS 'two letters, lower case';
COMMENT ON COLUMN load_files.snapshot_id IS 'the snapshot made from it';
COMMENT ON COLUMN load_files.position IS 'index in the manifest''s list of files';
COMMENT ON COLUMN load_files.name IS 'name inside the delivery';
COMMENT ON COLUMN load_files.sha256 IS 'digest of the file, unpacked, hex';
COMMENT ON COLUMN load_files.bytes IS 'size unpacked';
COMMENT ON COLUMN load_files.updated_by IS 'by which transaction';

CREATE TABLE appends (
    id              text NOT NULL PRIMARY KEY,
    state           text NOT NULL CHECK (length(state) = 2),
    owner           text NOT NULL CHECK (length(owner) > 0),
    class           text NOT NULL CHECK (class IN ('appended', 'proprietary', 'private')),
    file_name       text NOT NULL,
    file_sha256     text NOT NULL CHECK (length(file_sha256) = 64),
    snapshot_id     text NOT NULL,
    report          text NOT NULL,
    status          text NOT NULL CHECK (status IN ('current', 'replaced', 'removed')),
    replaces        text,
    created_at      text NOT NULL,
    removed_at      text,
    updated_at      text NOT NULL,
    updated_by      text NOT NULL,
    CHECK ((status = 'removed') = (removed_at IS NOT NULL))
);
COMMENT ON COLUMN appends.id IS '<date>-<12 random digits>; the folder''s name';
COMMENT ON COLUMN appends.state IS 'two letters, lower case';
COMMENT ON COLUMN appends.owner IS 'organization whose data it is';
COMMENT ON COLUMN appends.class IS 'field class';
COMMENT ON COLUMN appends.file_name IS 'as given';
COMMENT ON COLUMN appends.file_sha256 IS 'digest of the file, hex';
COMMENT ON COLUMN appends.snapshot_id IS 'the snapshot with which it was joined';
COMMENT ON COLUMN appends.report IS 'the report as JSON';
COMMENT ON COLUMN appends.status IS 'whether its values are shown';
COMMENT ON COLUMN appends.replaces IS 'the append with the same columns that it took the place of';
COMMENT ON COLUMN appends.created_at IS 'when it was added';
COMMENT ON COLUMN appends.removed_at IS 'when it was removed';
COMMENT ON COLUMN appends.updated_at IS 'when this row last changed';
COMMENT ON COLUMN appends.updated_by IS 'by which transaction';

CREATE UNIQUE INDEX appends_once ON appends (state, owner, class, file_sha256) WHERE status <> 'removed';

CREATE TABLE exports (
    id              text NOT NULL PRIMARY KEY,
    state           text NOT NULL CHECK (length(state) = 2),
    snapshot_id     text NOT NULL,
    organization_id text NOT NULL,
    principal       text NOT NULL,
    class           text NOT NULL,
    owner           text,
    county          text,
    format          text NOT NULL CHECK (format IN ('csv', 'parquet', 'xlsx')),
    file            text NOT NULL,
    row_count       bigint NOT NULL CHECK (row_count >= 0),
    columns         text NOT NULL,
    bytes           bigint NOT NULL CHECK (bytes >= 0),
    sha256          text NOT NULL CHECK (length(sha256) = 64),
    created_at      text NOT NULL,
    updated_by      text NOT NULL
);
COMMENT ON COLUMN exports.id IS 'random; voters'' keys in the file depend on it';
COMMENT ON COLUMN exports.state IS 'two letters, lower case';
COMMENT ON COLUMN exports.snapshot_id IS 'what was exported';
COMMENT ON COLUMN exports.organization_id IS 'for whom';
COMMENT ON COLUMN exports.principal IS 'by whom';
COMMENT ON COLUMN exports.class IS 'field class asked for';
COMMENT ON COLUMN exports.owner IS 'owner of the overlay that went out with the base columns';
COMMENT ON COLUMN exports.county IS 'upper-case name when only one county went out';
COMMENT ON COLUMN exports.format IS 'kind of file';
COMMENT ON COLUMN exports.file IS 'path of the file';
COMMENT ON COLUMN exports.row_count IS 'voters in it';
COMMENT ON COLUMN exports.columns IS 'JSON list of column names';
COMMENT ON COLUMN exports.bytes IS 'size of the file';
COMMENT ON COLUMN exports.sha256 IS 'digest of the file, hex';
COMMENT ON COLUMN exports.created_at IS 'when';
COMMENT ON COLUMN exports.updated_by IS 'by which transaction';

CREATE INDEX exports_by_organization ON exports (organization_id, created_at);

CREATE TABLE settings (
    name            text NOT NULL PRIMARY KEY,
    value           text NOT NULL,
    updated_at      text NOT NULL,
    updated_by      text NOT NULL
);
COMMENT ON COLUMN settings.name IS 'what';
COMMENT ON COLUMN settings.value IS 'its value';
COMMENT ON COLUMN settings.updated_at IS 'when it was set';
COMMENT ON COLUMN settings.updated_by IS 'by which transaction';
