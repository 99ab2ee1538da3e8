-- Who keeps an account beyond the key that it came of, apart from who made it; and who registered an organization, so that a
-- key invites first people into those alone that came of it; and the browsers in which accounts were signed in to.

ALTER TABLE users ADD COLUMN
    kept_by TEXT DEFAULT NULL; -- the principal, which came of no key, that lets the account stay beyond the key that it came of; none: nobody did

ALTER TABLE organizations ADD COLUMN
    made_by TEXT DEFAULT NULL; -- the principal that named or registered it; none: before this was kept

CREATE TABLE devices (
    id              TEXT NOT NULL PRIMARY KEY, -- random; by it the tries of the browser at the account are counted
    token_hash      TEXT NOT NULL CHECK (length(token_hash) = 64), -- SHA-256 of the cookie's 256 random bits, hex; one for all accounts of the browser
    user_id         TEXT NOT NULL REFERENCES users (id), -- who signed in there, with both factors
    created_at      TEXT NOT NULL, -- when they last did
    expires_at      TEXT NOT NULL, -- first instant at which the browser is not known any more
    updated_by      TEXT NOT NULL, -- by which transaction
    UNIQUE (token_hash, user_id)
) STRICT;

CREATE INDEX devices_by_user ON devices (user_id);

CREATE TABLE same_people (
    user_id         TEXT NOT NULL REFERENCES users (id), -- an account
    other_id        TEXT NOT NULL REFERENCES users (id), -- another of the same address, signed in to in the same browser with both factors
    created_at      TEXT NOT NULL, -- when that was first seen
    updated_by      TEXT NOT NULL, -- by which transaction
    PRIMARY KEY (user_id, other_id)
) STRICT;
