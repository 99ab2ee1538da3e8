-- Who keeps an account beyond the key that it came of, apart from who made it; and who registered an organization, so that a
-- key invites first people into those alone that came of it; and the browsers in which accounts were signed in to.

ALTER TABLE users ADD COLUMN
    kept_by         text;
COMMENT ON COLUMN users.kept_by IS 'the principal, which came of no key, that lets the account stay beyond the key that it came of; none: nobody did';

ALTER TABLE organizations ADD COLUMN
    made_by         text;
COMMENT ON COLUMN organizations.made_by IS 'the principal that named or registered it; none: before this was kept';

CREATE TABLE devices (
    id              text NOT NULL PRIMARY KEY,
    token_hash      text NOT NULL CHECK (length(token_hash) = 64),
    user_id         text NOT NULL REFERENCES users (id),
    created_at      text NOT NULL,
    expires_at      text NOT NULL,
    updated_by      text NOT NULL,
    UNIQUE (token_hash, user_id)
);
COMMENT ON COLUMN devices.id IS 'random; by it the tries of the browser at the account are counted';
COMMENT ON COLUMN devices.token_hash IS 'SHA-256 of the cookie''s 256 random bits, hex; one for all accounts of the browser';
COMMENT ON COLUMN devices.user_id IS 'who signed in there, with both factors';
COMMENT ON COLUMN devices.created_at IS 'when they last did';
COMMENT ON COLUMN devices.expires_at IS 'first instant at which the browser is not known any more';
COMMENT ON COLUMN devices.updated_by IS 'by which transaction';

CREATE INDEX devices_by_user ON devices (user_id);

CREATE TABLE same_people (
    user_id         text NOT NULL REFERENCES users (id),
    other_id        text NOT NULL REFERENCES users (id),
    created_at      text NOT NULL,
    updated_by      text NOT NULL,
    PRIMARY KEY (user_id, other_id)
);
COMMENT ON COLUMN same_people.user_id IS 'an account';
COMMENT ON COLUMN same_people.other_id IS 'another of the same address, signed in to in the same browser with both factors';
COMMENT ON COLUMN same_people.created_at IS 'when that was first seen';
COMMENT ON COLUMN same_people.updated_by IS 'by which transaction';
