-- Organizations, people, sign-in, keys, grants, and the audit outbox.
-- Times are RFC 3339 in UTC with milliseconds; `updated_by` is the name of the transaction that wrote the row.
-- Of every secret only a digest is kept: nobody who reads these tables can sign in with what stands there.

CREATE TABLE organizations (
    id              TEXT NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 2 AND 40), -- as written in folders, flags and logs
    kind            TEXT NOT NULL CHECK (kind IN ('national', 'state', 'local_committee', 'campaign', 'ally', 'vendor', 'auditor', 'external_state')), -- what it is
    name            TEXT NOT NULL CHECK (length(name) > 0), -- as people write it
    state           TEXT CHECK (length(state) = 2), -- its state, if it belongs to one
    counties        TEXT, -- JSON list of a local committee's counties, upper case; none: the whole state
    registered_by   TEXT REFERENCES organizations (id), -- who registered it; none: the command line
    provisional     INTEGER NOT NULL CHECK (provisional IN (0, 1)), -- 1 when an overlay named it before anybody registered it
    created_at      TEXT NOT NULL, -- when it was registered
    updated_at      TEXT NOT NULL, -- when this row last changed
    updated_by      TEXT NOT NULL -- by which transaction
) STRICT;

CREATE TABLE base_owners (
    state           TEXT NOT NULL PRIMARY KEY CHECK (length(state) = 2), -- two letters, lower case
    organization_id TEXT NOT NULL REFERENCES organizations (id), -- the state organization that owns the base; without a row it is the directory's owner
    updated_at      TEXT NOT NULL, -- since when
    updated_by      TEXT NOT NULL -- by which transaction
) STRICT;

CREATE INDEX base_owners_by_organization ON base_owners (organization_id);

CREATE TABLE engagements (
    vendor_id       TEXT NOT NULL REFERENCES organizations (id), -- who acts
    organization_id TEXT NOT NULL REFERENCES organizations (id), -- for whom: its principal
    classes         TEXT NOT NULL, -- JSON list of field classes in which it may act
    exportable      INTEGER NOT NULL CHECK (exportable IN (0, 1)), -- whether the vendor may take copies out
    not_before      TEXT NOT NULL, -- first instant at which it holds
    until           TEXT NOT NULL, -- first instant at which it no longer holds
    revoked_at      TEXT, -- when the principal ended it early
    created_at      TEXT NOT NULL, -- when it was first made
    updated_at      TEXT NOT NULL, -- when this row last changed
    updated_by      TEXT NOT NULL, -- by which transaction
    PRIMARY KEY (vendor_id, organization_id),
    CHECK (vendor_id <> organization_id)
) STRICT;

CREATE INDEX engagements_by_organization ON engagements (organization_id);

CREATE TABLE users (
    id              TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 26), -- random
    organization_id TEXT NOT NULL REFERENCES organizations (id), -- a person with two organizations has two accounts
    email           TEXT NOT NULL CHECK (length(email) BETWEEN 3 AND 254), -- trimmed, lower case
    name            TEXT NOT NULL CHECK (length(name) > 0), -- as the person writes it
    password_hash   TEXT NOT NULL, -- Argon2id with its parameters and salt
    totp_seed       TEXT NOT NULL CHECK (length(totp_seed) = 64), -- the second factor's secret is made of it and of the store's secret
    totp_seed_next  TEXT CHECK (length(totp_seed_next) = 64), -- a second factor begun and not yet confirmed
    totp_step_used  INTEGER NOT NULL CHECK (totp_step_used >= 0), -- newest 30-second step whose code was used: no code counts twice
    status          TEXT NOT NULL CHECK (status IN ('active', 'disabled')), -- whether they may sign in
    created_at      TEXT NOT NULL, -- when the invitation was accepted
    updated_at      TEXT NOT NULL, -- when this row last changed
    updated_by      TEXT NOT NULL, -- by which transaction
    UNIQUE (organization_id, email)
) STRICT;

CREATE INDEX users_by_email ON users (email);

CREATE TABLE user_roles (
    user_id         TEXT NOT NULL REFERENCES users (id), -- who
    role            TEXT NOT NULL CHECK (role IN ('chair', 'data_director', 'organizer', 'canvasser', 'precinct_captain', 'vendor_operator', 'auditor_reader', 'operator')), -- what they are in their organization
    updated_at      TEXT NOT NULL, -- since when
    updated_by      TEXT NOT NULL, -- by which transaction
    PRIMARY KEY (user_id, role)
) STRICT;

CREATE TABLE user_precincts (
    user_id         TEXT NOT NULL REFERENCES users (id), -- who
    county          TEXT NOT NULL CHECK (length(county) > 0), -- upper case as in county_name
    precinct        TEXT NOT NULL CHECK (length(precinct) > 0), -- as in the voter file
    updated_at      TEXT NOT NULL, -- since when
    updated_by      TEXT NOT NULL, -- by which transaction
    PRIMARY KEY (user_id, county, precinct)
) STRICT;

CREATE TABLE sessions (
    token_hash      TEXT NOT NULL PRIMARY KEY CHECK (length(token_hash) = 64), -- SHA-256 of the cookie's 256 random bits, hex
    user_id         TEXT NOT NULL REFERENCES users (id), -- who signed in
    second_factor   INTEGER NOT NULL CHECK (second_factor IN (0, 1)), -- 0 while only the password was right
    tries           INTEGER NOT NULL CHECK (tries >= 0), -- wrong second factors so far
    created_at      TEXT NOT NULL, -- when the sign-in began
    last_seen_at    TEXT NOT NULL, -- when it was last used, to the minute
    expires_at      TEXT NOT NULL, -- when it ends whatever happens
    updated_by      TEXT NOT NULL -- by which transaction
) STRICT;

CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE TABLE invitations (
    code_hash       TEXT NOT NULL PRIMARY KEY CHECK (length(code_hash) = 64), -- SHA-256 of the code, hex
    id              TEXT NOT NULL UNIQUE, -- random; names it in lists
    organization_id TEXT NOT NULL REFERENCES organizations (id), -- to which
    email           TEXT, -- who is meant; none: the first user, who says it
    roles           TEXT NOT NULL, -- JSON list of roles that go with it
    precincts       TEXT NOT NULL, -- JSON list of [county, precinct]
    totp_seed       TEXT NOT NULL CHECK (length(totp_seed) = 64), -- of the second factor that the invited set up
    first_run       INTEGER NOT NULL CHECK (first_run IN (0, 1)), -- 1 for the code that the first run prints
    status          TEXT NOT NULL CHECK (status IN ('open', 'accepted', 'withdrawn')), -- used at most once
    created_at      TEXT NOT NULL, -- when
    expires_at      TEXT NOT NULL, -- first instant at which it no longer holds
    updated_at      TEXT NOT NULL, -- when this row last changed
    updated_by      TEXT NOT NULL -- by which transaction
) STRICT;

CREATE INDEX invitations_by_organization ON invitations (organization_id);

CREATE TABLE recoveries (
    code_hash       TEXT NOT NULL PRIMARY KEY CHECK (length(code_hash) = 64), -- SHA-256 of the code, hex
    user_id         TEXT NOT NULL REFERENCES users (id), -- whose password it resets; never the second factor
    created_at      TEXT NOT NULL, -- when
    expires_at      TEXT NOT NULL, -- first instant at which it no longer holds
    updated_by      TEXT NOT NULL -- by which transaction
) STRICT;

CREATE INDEX recoveries_by_user ON recoveries (user_id);

CREATE TABLE recovery_codes (
    user_id         TEXT NOT NULL REFERENCES users (id), -- who
    code_hash       TEXT NOT NULL CHECK (length(code_hash) = 64), -- SHA-256 of a code that stands once for the second factor, hex
    updated_at      TEXT NOT NULL, -- when it was made
    updated_by      TEXT NOT NULL, -- by which transaction
    PRIMARY KEY (user_id, code_hash)
) STRICT;

CREATE TABLE grants (
    id              TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 26), -- random
    owner_id        TEXT NOT NULL REFERENCES organizations (id), -- who gives: the owner of the data
    grantee_id      TEXT NOT NULL REFERENCES organizations (id), -- who gets
    state           TEXT NOT NULL CHECK (length(state) = 2), -- of the voters
    classes         TEXT NOT NULL, -- JSON list of field classes
    columns         TEXT, -- JSON list of columns; none: all of the classes
    counties        TEXT, -- JSON list of counties, upper case; none: the whole state
    purposes        TEXT NOT NULL, -- JSON list of purposes
    exportable      INTEGER NOT NULL CHECK (exportable IN (0, 1)), -- whether copies may leave
    custody         INTEGER NOT NULL CHECK (custody IN (0, 1)), -- 1 when made at the registration of a state whose list the directory's owner had loaded
    not_before      TEXT NOT NULL, -- first instant at which it holds
    until           TEXT NOT NULL, -- first instant at which it no longer holds
    epoch           INTEGER NOT NULL CHECK (epoch >= 0), -- access epoch at which its present coverage began
    revoked_at      TEXT, -- when it was revoked; none while it holds
    created_at      TEXT NOT NULL, -- when it was given
    updated_at      TEXT NOT NULL, -- when this row last changed
    updated_by      TEXT NOT NULL, -- by which transaction
    CHECK (owner_id <> grantee_id)
) STRICT;

CREATE INDEX grants_by_owner ON grants (owner_id);

CREATE INDEX grants_by_grantee ON grants (grantee_id);

CREATE TABLE api_keys (
    id              TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 26), -- random; not the secret
    organization_id TEXT NOT NULL REFERENCES organizations (id), -- for which it acts
    name            TEXT NOT NULL CHECK (length(name) > 0), -- what it is for
    role            TEXT NOT NULL CHECK (role IN ('chair', 'data_director', 'organizer', 'canvasser', 'precinct_captain', 'vendor_operator', 'auditor_reader', 'operator')), -- what it is in the organization
    grant_id        TEXT REFERENCES grants (id), -- the only grant that it may use; none: as its role
    secret_hash     TEXT NOT NULL UNIQUE CHECK (length(secret_hash) = 64), -- SHA-256 of the secret, hex
    expires_at      TEXT NOT NULL, -- first instant at which it no longer holds
    revoked_at      TEXT, -- when it was revoked
    last_used_at    TEXT, -- when it was last used, to the minute
    created_at      TEXT NOT NULL, -- when
    updated_at      TEXT NOT NULL, -- when this row last changed
    updated_by      TEXT NOT NULL -- by which transaction
) STRICT;

CREATE INDEX api_keys_by_organization ON api_keys (organization_id);

CREATE TABLE sign_in_attempts (
    subject_hash    TEXT NOT NULL PRIMARY KEY CHECK (length(subject_hash) = 64), -- keyed digest of an account named, whether it exists or not, or of an address
    failures        INTEGER NOT NULL CHECK (failures >= 0), -- tries since the last success or the last quiet hour
    locked_until    TEXT NOT NULL, -- no try counts before
    updated_at      TEXT NOT NULL, -- when the last try was
    updated_by      TEXT NOT NULL -- by which transaction
) STRICT;

CREATE INDEX sign_in_attempts_by_time ON sign_in_attempts (updated_at);

CREATE TABLE incidents (
    id              TEXT NOT NULL PRIMARY KEY, -- random
    organization_id TEXT NOT NULL REFERENCES organizations (id), -- the reporter's
    about_id        TEXT NOT NULL REFERENCES organizations (id), -- whose data could be seen
    reporter        TEXT NOT NULL, -- the principal; shown to nobody
    what            TEXT NOT NULL CHECK (length(what) > 0), -- in the reporter's words
    evidence        TEXT NOT NULL, -- JSON: what was frozen at that moment
    opened_at       TEXT NOT NULL, -- when
    closed_at       TEXT, -- when it was closed; none while it is open
    closing_note    TEXT, -- what was found and done
    updated_at      TEXT NOT NULL, -- when this row last changed
    updated_by      TEXT NOT NULL -- by which transaction
) STRICT;

CREATE INDEX incidents_by_organization ON incidents (organization_id);

CREATE INDEX incidents_by_about ON incidents (about_id);

CREATE TABLE access_epochs (
    one             INTEGER NOT NULL PRIMARY KEY CHECK (one = 1), -- there is one row
    epoch           INTEGER NOT NULL CHECK (epoch >= 0), -- rises with every change of who may do what
    updated_at      TEXT NOT NULL, -- when it last rose
    updated_by      TEXT NOT NULL -- by which transaction
) STRICT;

CREATE TABLE audit_outbox (
    sequence        INTEGER PRIMARY KEY AUTOINCREMENT, -- order of the acts
    record_id       TEXT NOT NULL UNIQUE CHECK (length(record_id) = 26), -- random; names it in logs
    at              TEXT NOT NULL, -- when
    organization_id TEXT NOT NULL, -- for whom
    principal       TEXT, -- by whom; none: kept back to protect who reports
    action          TEXT NOT NULL CHECK (length(action) > 0), -- what was done
    about           TEXT, -- to what: an organization, a user, a grant, an export
    classes         TEXT NOT NULL, -- JSON list of the field classes concerned
    voters          INTEGER CHECK (voters >= 0), -- how many voters, when voters are concerned; logs say it roughly
    details         TEXT NOT NULL, -- canonical JSON
    salt            TEXT NOT NULL CHECK (length(salt) = 64), -- of the commitment to the details, hex
    logs            TEXT NOT NULL, -- JSON list of the logs concerned, with `platform`
    updated_by      TEXT NOT NULL -- by which transaction
) STRICT;

CREATE INDEX audit_outbox_by_about ON audit_outbox (about);

CREATE TABLE log_heads (
    log             TEXT NOT NULL PRIMARY KEY, -- organization whose log it is, or `platform`
    vkey            TEXT NOT NULL, -- public key of the log; who verifies need not believe the log's folder
    size            INTEGER NOT NULL CHECK (size >= 0), -- entries that are signed or about to be
    root            TEXT NOT NULL, -- root of their tree, base64
    sequence        INTEGER NOT NULL, -- newest row of audit_outbox that was looked at for it
    updated_at      TEXT NOT NULL, -- when this row last changed
    updated_by      TEXT NOT NULL -- by which transaction
) STRICT;

INSERT INTO organizations (id, kind, name, provisional, created_at, updated_at, updated_by)
VALUES ('local', 'national', 'Owner of this data directory', 0, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'migrate');

-- Owners of overlays that are here already.
INSERT INTO organizations (id, kind, name, provisional, created_at, updated_at, updated_by)
SELECT owner,
       CASE max(CASE class WHEN 'proprietary' THEN 3 WHEN 'private' THEN 2 ELSE 1 END) WHEN 3 THEN 'state' WHEN 2 THEN 'campaign' ELSE 'national' END,
       owner, 1, min(created_at), min(created_at), 'migrate'
FROM appends WHERE length(owner) BETWEEN 2 AND 40 AND owner NOT IN ('local', 'platform') GROUP BY owner;

INSERT INTO settings (name, value, updated_at, updated_by)
VALUES ('directory_owner', 'local', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'migrate');

INSERT INTO access_epochs (one, epoch, updated_at, updated_by)
VALUES (1, 0, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'migrate');
