-- Organizations, people, sign-in, keys, grants, and the audit outbox.
-- Times are RFC 3339 in UTC with milliseconds; `updated_by` is the name of the transaction that wrote the row.
-- Of every secret only a digest is kept: nobody who reads these tables can sign in with what stands there.

CREATE TABLE organizations (
    id              text NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 2 AND 40),
    kind            text NOT NULL CHECK (kind IN ('national', 'state', 'local_committee', 'campaign', 'ally', 'vendor', 'auditor', 'external_state')),
    name            text NOT NULL CHECK (length(name) > 0),
    state           text CHECK (length(state) = 2),
    counties        text,
    registered_by   text REFERENCES organizations (id),
    provisional     bigint NOT NULL CHECK (provisional IN (0, 1)),
    created_at      text NOT NULL,
    updated_at      text NOT NULL,
    updated_by      text NOT NULL
);
COMMENT ON COLUMN organizations.id IS 'as written in folders, flags and logs';
COMMENT ON COLUMN organizations.kind IS 'what it is';
COMMENT ON COLUMN organizations.name IS 'as people write it';
COMMENT ON COLUMN organizations.state IS 'its state, if it belongs to one';
COMMENT ON COLUMN organizations.counties IS 'JSON list of a local committee''s counties, upper case; none: the whole state';
COMMENT ON COLUMN organizations.registered_by IS 'who registered it; none: the command line';
COMMENT ON COLUMN organizations.provisional IS '1 when an overlay named it before anybody registered it';
COMMENT ON COLUMN organizations.created_at IS 'when it was registered';
COMMENT ON COLUMN organizations.updated_at IS 'when this row last changed';
COMMENT ON COLUMN organizations.updated_by IS 'by which transaction';

CREATE TABLE base_owners (
    state           text NOT NULL PRIMARY KEY CHECK (length(state) = 2),
    organization_id text NOT NULL REFERENCES organizations (id),
    updated_at      text NOT NULL,
    updated_by      text NOT NULL
);
COMMENT ON COLUMN base_owners.state IS 'two letters, lower case';
COMMENT ON COLUMN base_owners.organization_id IS 'the state organization that owns the base; without a row it is the directory''s owner';
COMMENT ON COLUMN base_owners.updated_at IS 'since when';
COMMENT ON COLUMN base_owners.updated_by IS 'by which transaction';

CREATE INDEX base_owners_by_organization ON base_owners (organization_id);

CREATE TABLE engagements (
    vendor_id       text NOT NULL REFERENCES organizations (id),
    organization_id text NOT NULL REFERENCES organizations (id),
    classes         text NOT NULL,
    exportable      bigint NOT NULL CHECK (exportable IN (0, 1)),
    not_before      text NOT NULL,
    until           text NOT NULL,
    revoked_at      text,
    created_at      text NOT NULL,
    updated_at      text NOT NULL,
    updated_by      text NOT NULL,
    PRIMARY KEY (vendor_id, organization_id),
    CHECK (vendor_id <> organization_id)
);
COMMENT ON COLUMN engagements.vendor_id IS 'who acts';
COMMENT ON COLUMN engagements.organization_id IS 'for whom: its principal';
COMMENT ON COLUMN engagements.classes IS 'JSON list of field classes in which it may act';
COMMENT ON COLUMN engagements.exportable IS 'whether the vendor may take copies out';
COMMENT ON COLUMN engagements.not_before IS 'first instant at which it holds';
COMMENT ON COLUMN engagements.until IS 'first instant at which it no longer holds';
COMMENT ON COLUMN engagements.revoked_at IS 'when the principal ended it early';
COMMENT ON COLUMN engagements.created_at IS 'when it was first made';
COMMENT ON COLUMN engagements.updated_at IS 'when this row last changed';
COMMENT ON COLUMN engagements.updated_by IS 'by which transaction';

CREATE INDEX engagements_by_organization ON engagements (organization_id);

CREATE TABLE users (
    id              text NOT NULL PRIMARY KEY CHECK (length(id) = 26),
    organization_id text NOT NULL REFERENCES organizations (id),
    email           text NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
    name            text NOT NULL CHECK (length(name) > 0),
    password_hash   text NOT NULL,
    totp_seed       text NOT NULL CHECK (length(totp_seed) = 64),
    totp_seed_next  text CHECK (length(totp_seed_next) = 64),
    totp_step_used  bigint NOT NULL CHECK (totp_step_used >= 0),
    status          text NOT NULL CHECK (status IN ('active', 'disabled')),
    created_at      text NOT NULL,
    updated_at      text NOT NULL,
    updated_by      text NOT NULL,
    UNIQUE (organization_id, email)
);
COMMENT ON COLUMN users.id IS 'random';
COMMENT ON COLUMN users.organization_id IS 'a person with two organizations has two accounts';
COMMENT ON COLUMN users.email IS 'trimmed, lower case';
COMMENT ON COLUMN users.name IS 'as the person writes it';
COMMENT ON COLUMN users.password_hash IS 'Argon2id with its parameters and salt';
COMMENT ON COLUMN users.totp_seed IS 'the second factor''s secret is made of it and of the store''s secret';
COMMENT ON COLUMN users.totp_seed_next IS 'a second factor begun and not yet confirmed';
COMMENT ON COLUMN users.totp_step_used IS 'newest 30-second step whose code was used: no code counts twice';
COMMENT ON COLUMN users.status IS 'whether they may sign in';
COMMENT ON COLUMN users.created_at IS 'when the invitation was accepted';
COMMENT ON COLUMN users.updated_at IS 'when this row last changed';
COMMENT ON COLUMN users.updated_by IS 'by which transaction';

CREATE INDEX users_by_email ON users (email);

CREATE TABLE user_roles (
    user_id         text NOT NULL REFERENCES users (id),
    role            text NOT NULL CHECK (role IN ('chair', 'data_director', 'organizer', 'canvasser', 'precinct_captain', 'vendor_operator', 'auditor_reader', 'operator')),
    updated_at      text NOT NULL,
    updated_by      text NOT NULL,
    PRIMARY KEY (user_id, role)
);
COMMENT ON COLUMN user_roles.user_id IS 'who';
COMMENT ON COLUMN user_roles.role IS 'what they are in their organization';
COMMENT ON COLUMN user_roles.updated_at IS 'since when';
COMMENT ON COLUMN user_roles.updated_by IS 'by which transaction';

CREATE TABLE user_precincts (
    user_id         text NOT NULL REFERENCES users (id),
    county          text NOT NULL CHECK (length(county) > 0),
    precinct        text NOT NULL CHECK (length(precinct) > 0),
    updated_at      text NOT NULL,
    updated_by      text NOT NULL,
    PRIMARY KEY (user_id, county, precinct)
);
COMMENT ON COLUMN user_precincts.user_id IS 'who';
COMMENT ON COLUMN user_precincts.county IS 'upper case as in county_name';
COMMENT ON COLUMN user_precincts.precinct IS 'as in the voter file';
COMMENT ON COLUMN user_precincts.updated_at IS 'since when';
COMMENT ON COLUMN user_precincts.updated_by IS 'by which transaction';

CREATE TABLE sessions (
    token_hash      text NOT NULL PRIMARY KEY CHECK (length(token_hash) = 64),
    user_id         text NOT NULL REFERENCES users (id),
    second_factor   bigint NOT NULL CHECK (second_factor IN (0, 1)),
    tries           bigint NOT NULL CHECK (tries >= 0),
    created_at      text NOT NULL,
    last_seen_at    text NOT NULL,
    expires_at      text NOT NULL,
    updated_by      text NOT NULL
);
COMMENT ON COLUMN sessions.token_hash IS 'SHA-256 of the cookie''s 256 random bits, hex';
COMMENT ON COLUMN sessions.user_id IS 'who signed in';
COMMENT ON COLUMN sessions.second_factor IS '0 while only the password was right';
COMMENT ON COLUMN sessions.tries IS 'wrong second factors so far';
COMMENT ON COLUMN sessions.created_at IS 'when the sign-in began';
COMMENT ON COLUMN sessions.last_seen_at IS 'when it was last used, to the minute';
COMMENT ON COLUMN sessions.expires_at IS 'when it ends whatever happens';
COMMENT ON COLUMN sessions.updated_by IS 'by which transaction';

CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE TABLE invitations (
    code_hash       text NOT NULL PRIMARY KEY CHECK (length(code_hash) = 64),
    id              text NOT NULL UNIQUE,
    organization_id text NOT NULL REFERENCES organizations (id),
    email           text,
    roles           text NOT NULL,
    precincts       text NOT NULL,
    totp_seed       text NOT NULL CHECK (length(totp_seed) = 64),
    first_run       bigint NOT NULL CHECK (first_run IN (0, 1)),
    status          text NOT NULL CHECK (status IN ('open', 'accepted', 'withdrawn')),
    created_at      text NOT NULL,
    expires_at      text NOT NULL,
    updated_at      text NOT NULL,
    updated_by      text NOT NULL
);
COMMENT ON COLUMN invitations.code_hash IS 'SHA-256 of the code, hex';
COMMENT ON COLUMN invitations.id IS 'random; names it in lists';
COMMENT ON COLUMN invitations.organization_id IS 'to which';
COMMENT ON COLUMN invitations.email IS 'who is meant; none: the first user, who says it';
COMMENT ON COLUMN invitations.roles IS 'JSON list of roles that go with it';
COMMENT ON COLUMN invitations.precincts IS 'JSON list of [county, precinct]';
COMMENT ON COLUMN invitations.totp_seed IS 'of the second factor that the invited set up';
COMMENT ON COLUMN invitations.first_run IS '1 for the code that the first run prints';
COMMENT ON COLUMN invitations.status IS 'used at most once';
COMMENT ON COLUMN invitations.created_at IS 'when';
COMMENT ON COLUMN invitations.expires_at IS 'first instant at which it no longer holds';
COMMENT ON COLUMN invitations.updated_at IS 'when this row last changed';
COMMENT ON COLUMN invitations.updated_by IS 'by which transaction';

CREATE INDEX invitations_by_organization ON invitations (organization_id);

CREATE TABLE recoveries (
    code_hash       text NOT NULL PRIMARY KEY CHECK (length(code_hash) = 64),
    user_id         text NOT NULL REFERENCES users (id),
    created_at      text NOT NULL,
    expires_at      text NOT NULL,
    updated_by      text NOT NULL
);
COMMENT ON COLUMN recoveries.code_hash IS 'SHA-256 of the code, hex';
COMMENT ON COLUMN recoveries.user_id IS 'whose password it resets; never the second factor';
COMMENT ON COLUMN recoveries.created_at IS 'when';
COMMENT ON COLUMN recoveries.expires_at IS 'first instant at which it no longer holds';
COMMENT ON COLUMN recoveries.updated_by IS 'by which transaction';

CREATE INDEX recoveries_by_user ON recoveries (user_id);

CREATE TABLE recovery_codes (
    user_id         text NOT NULL REFERENCES users (id),
    code_hash       text NOT NULL CHECK (length(code_hash) = 64),
    updated_at      text NOT NULL,
    updated_by      text NOT NULL,
    PRIMARY KEY (user_id, code_hash)
);
COMMENT ON COLUMN recovery_codes.user_id IS 'who';
COMMENT ON COLUMN recovery_codes.code_hash IS 'SHA-256 of a code that stands once for the second factor, hex';
COMMENT ON COLUMN recovery_codes.updated_at IS 'when it was made';
COMMENT ON COLUMN recovery_codes.updated_by IS 'by which transaction';

CREATE TABLE grants (
    id              text NOT NULL PRIMARY KEY CHECK (length(id) = 26),
    owner_id        text NOT NULL REFERENCES organizations (id),
    grantee_id      text NOT NULL REFERENCES organizations (id),
    state           text NOT NULL CHECK (length(state) = 2),
    classes         text NOT NULL,
    columns         text,
    counties        text,
    purposes        text NOT NULL,
    exportable      bigint NOT NULL CHECK (exportable IN (0, 1)),
    custody         bigint NOT NULL CHECK (custody IN (0, 1)),
    not_before      text NOT NULL,
    until           text NOT NULL,
    epoch           bigint NOT NULL CHECK (epoch >= 0),
    revoked_at      text,
    created_at      text NOT NULL,
    updated_at      text NOT NULL,
    updated_by      text NOT NULL,
    CHECK (owner_id <> grantee_id)
);
COMMENT ON COLUMN grants.id IS 'random';
COMMENT ON COLUMN grants.owner_id IS 'who gives: the owner of the data';
COMMENT ON COLUMN grants.grantee_id IS 'who gets';
COMMENT ON COLUMN grants.state IS 'of the voters';
COMMENT ON COLUMN grants.classes IS 'JSON list of field classes';
COMMENT ON COLUMN grants.columns IS 'JSON list of columns; none: all of the classes';
COMMENT ON COLUMN grants.counties IS 'JSON list of counties, upper case; none: the whole state';
COMMENT ON COLUMN grants.purposes IS 'JSON list of purposes';
COMMENT ON COLUMN grants.exportable IS 'whether copies may leave';
COMMENT ON COLUMN grants.custody IS '1 when made at the registration of a state whose list the directory''s owner had loaded';
COMMENT ON COLUMN grants.not_before IS 'first instant at which it holds';
COMMENT ON COLUMN grants.until IS 'first instant at which it no longer holds';
COMMENT ON COLUMN grants.epoch IS 'access epoch at which its present coverage began';
COMMENT ON COLUMN grants.revoked_at IS 'when it was revoked; none while it holds';
COMMENT ON COLUMN grants.created_at IS 'when it was given';
COMMENT ON COLUMN grants.updated_at IS 'when this row last changed';
COMMENT ON COLUMN grants.updated_by IS 'by which transaction';

CREATE INDEX grants_by_owner ON grants (owner_id);

CREATE INDEX grants_by_grantee ON grants (grantee_id);

CREATE TABLE api_keys (
    id              text NOT NULL PRIMARY KEY CHECK (length(id) = 26),
    organization_id text NOT NULL REFERENCES organizations (id),
    name            text NOT NULL CHECK (length(name) > 0),
    role            text NOT NULL CHECK (role IN ('chair', 'data_director', 'organizer', 'canvasser', 'precinct_captain', 'vendor_operator', 'auditor_reader', 'operator')),
    grant_id        text REFERENCES grants (id),
    secret_hash     text NOT NULL UNIQUE CHECK (length(secret_hash) = 64),
    expires_at      text NOT NULL,
    revoked_at      text,
    last_used_at    text,
    created_at      text NOT NULL,
    updated_at      text NOT NULL,
    updated_by      text NOT NULL
);
COMMENT ON COLUMN api_keys.id IS 'random; not the secret';
COMMENT ON COLUMN api_keys.organization_id IS 'for which it acts';
COMMENT ON COLUMN api_keys.name IS 'what it is for';
COMMENT ON COLUMN api_keys.role IS 'what it is in the organization';
COMMENT ON COLUMN api_keys.grant_id IS 'the only grant that it may use; none: as its role';
COMMENT ON COLUMN api_keys.secret_hash IS 'SHA-256 of the secret, hex';
COMMENT ON COLUMN api_keys.expires_at IS 'first instant at which it no longer holds';
COMMENT ON COLUMN api_keys.revoked_at IS 'when it was revoked';
COMMENT ON COLUMN api_keys.last_used_at IS 'when it was last used, to the minute';
COMMENT ON COLUMN api_keys.created_at IS 'when';
COMMENT ON COLUMN api_keys.updated_at IS 'when this row last changed';
COMMENT ON COLUMN api_keys.updated_by IS 'by which transaction';

CREATE INDEX api_keys_by_organization ON api_keys (organization_id);

CREATE TABLE sign_in_attempts (
    subject_hash    text NOT NULL PRIMARY KEY CHECK (length(subject_hash) = 64),
    failures        bigint NOT NULL CHECK (failures >= 0),
    locked_until    text NOT NULL,
    updated_at      text NOT NULL,
    updated_by      text NOT NULL
);
COMMENT ON COLUMN sign_in_attempts.subject_hash IS 'keyed digest of an account named, whether it exists or not, or of an address';
COMMENT ON COLUMN sign_in_attempts.failures IS 'tries since the last success or the last quiet hour';
COMMENT ON COLUMN sign_in_attempts.locked_until IS 'no try counts before';
COMMENT ON COLUMN sign_in_attempts.updated_at IS 'when the last try was';
COMMENT ON COLUMN sign_in_attempts.updated_by IS 'by which transaction';

CREATE INDEX sign_in_attempts_by_time ON sign_in_attempts (updated_at);

CREATE TABLE incidents (
    id              text NOT NULL PRIMARY KEY,
    organization_id text NOT NULL REFERENCES organizations (id),
    about_id        text NOT NULL REFERENCES organizations (id),
    reporter        text NOT NULL,
    what            text NOT NULL CHECK (length(what) > 0),
    evidence        text NOT NULL,
    opened_at       text NOT NULL,
    closed_at       text,
    closing_note    text,
    updated_at      text NOT NULL,
    updated_by      text NOT NULL
);
COMMENT ON COLUMN incidents.id IS 'random';
COMMENT ON COLUMN incidents.organization_id IS 'the reporter''s';
COMMENT ON COLUMN incidents.about_id IS 'whose data could be seen';
COMMENT ON COLUMN incidents.reporter IS 'the principal; shown to nobody';
COMMENT ON COLUMN incidents.what IS 'in the reporter''s words';
COMMENT ON COLUMN incidents.evidence IS 'JSON: what was frozen at that moment';
COMMENT ON COLUMN incidents.opened_at IS 'when';
COMMENT ON COLUMN incidents.closed_at IS 'when it was closed; none while it is open';
COMMENT ON COLUMN incidents.closing_note IS 'what was found and done';
COMMENT ON COLUMN incidents.updated_at IS 'when this row last changed';
COMMENT ON COLUMN incidents.updated_by IS 'by which transaction';

CREATE INDEX incidents_by_organization ON incidents (organization_id);

CREATE INDEX incidents_by_about ON incidents (about_id);

CREATE TABLE access_epochs (
    one             bigint NOT NULL PRIMARY KEY CHECK (one = 1),
    epoch           bigint NOT NULL CHECK (epoch >= 0),
    updated_at      text NOT NULL,
    updated_by      text NOT NULL
);
COMMENT ON COLUMN access_epochs.one IS 'there is one row';
COMMENT ON COLUMN access_epochs.epoch IS 'rises with every change of who may do what';
COMMENT ON COLUMN access_epochs.updated_at IS 'when it last rose';
COMMENT ON COLUMN access_epochs.updated_by IS 'by which transaction';

CREATE TABLE audit_outbox (
    sequence        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    record_id       text NOT NULL UNIQUE CHECK (length(record_id) = 26),
    at              text NOT NULL,
    organization_id text NOT NULL,
    principal       text,
    action          text NOT NULL CHECK (length(action) > 0),
    about           text,
    classes         text NOT NULL,
    voters          bigint CHECK (voters >= 0),
    details         text NOT NULL,
    salt            text NOT NULL CHECK (length(salt) = 64),
    logs            text NOT NULL,
    updated_by      text NOT NULL
);
COMMENT ON COLUMN audit_outbox.sequence IS 'order of the acts';
COMMENT ON COLUMN audit_outbox.record_id IS 'random; names it in logs';
COMMENT ON COLUMN audit_outbox.at IS 'when';
COMMENT ON COLUMN audit_outbox.organization_id IS 'for whom';
COMMENT ON COLUMN audit_outbox.principal IS 'by whom; none: kept back to protect who reports';
COMMENT ON COLUMN audit_outbox.action IS 'what was done';
COMMENT ON COLUMN audit_outbox.about IS 'to what: an organization, a user, a grant, an export';
COMMENT ON COLUMN audit_outbox.classes IS 'JSON list of the field classes concerned';
COMMENT ON COLUMN audit_outbox.voters IS 'how many voters, when voters are concerned; logs say it roughly';
COMMENT ON COLUMN audit_outbox.details IS 'canonical JSON';
COMMENT ON COLUMN audit_outbox.salt IS 'of the commitment to the details, hex';
COMMENT ON COLUMN audit_outbox.logs IS 'JSON list of the logs concerned, with `platform`';
COMMENT ON COLUMN audit_outbox.updated_by IS 'by which transaction';

CREATE INDEX audit_outbox_by_about ON audit_outbox (about);

CREATE TABLE log_heads (
    log             text NOT NULL PRIMARY KEY,
    vkey            text NOT NULL,
    size            bigint NOT NULL CHECK (size >= 0),
    root            text NOT NULL,
    sequence        bigint NOT NULL,
    updated_at      text NOT NULL,
    updated_by      text NOT NULL
);
COMMENT ON COLUMN log_heads.log IS 'organization whose log it is, or `platform`';
COMMENT ON COLUMN log_heads.vkey IS 'public key of the log; who verifies need not believe the log''s folder';
COMMENT ON COLUMN log_heads.size IS 'entries that are signed or about to be';
COMMENT ON COLUMN log_heads.root IS 'root of their tree, base64';
COMMENT ON COLUMN log_heads.sequence IS 'newest row of audit_outbox that was looked at for it';
COMMENT ON COLUMN log_heads.updated_at IS 'when this row last changed';
COMMENT ON COLUMN log_heads.updated_by IS 'by which transaction';

INSERT INTO organizations (id, kind, name, provisional, created_at, updated_at, updated_by)
VALUES ('local', 'national', 'Owner of this data directory', 0, to_char(now() AT TIME ZONE 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), to_char(now() AT TIME ZONE 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'migrate');

-- Owners of overlays that are here already.
INSERT INTO organizations (id, kind, name, provisional, created_at, updated_at, updated_by)
SELECT owner,
       CASE max(CASE class WHEN 'proprietary' THEN 3 WHEN 'private' THEN 2 ELSE 1 END) WHEN 3 THEN 'state' WHEN 2 THEN 'campaign' ELSE 'national' END,
       owner, 1, min(created_at), min(created_at), 'migrate'
FROM appends WHERE length(owner) BETWEEN 2 AND 40 AND owner NOT IN ('local', 'platform') GROUP BY owner;

INSERT INTO settings (name, value, updated_at, updated_by)
VALUES ('directory_owner', 'local', to_char(now() AT TIME ZONE 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'migrate');

INSERT INTO access_epochs (one, epoch, updated_at, updated_by)
VALUES (1, 0, to_char(now() AT TIME ZONE 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'migrate');
