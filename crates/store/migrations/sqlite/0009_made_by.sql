-- By whom keys, invitations and accounts were made, so that what a lost key has made can end with it; and no second factor
-- that is not yet set up lies here any more: the form brings it back.

ALTER TABLE api_keys ADD COLUMN
    made_by TEXT DEFAULT NULL; -- the principal that made it; none: before this was kept

ALTER TABLE invitations ADD COLUMN
    made_by TEXT DEFAULT NULL; -- the principal that made it; none: before this was kept

ALTER TABLE invitations ADD COLUMN
    inviter_id TEXT REFERENCES organizations (id); -- for whom that principal acted; none: before this was kept

ALTER TABLE invitations DROP COLUMN totp_seed;

ALTER TABLE users ADD COLUMN
    made_by TEXT DEFAULT NULL; -- the principal that made the invitation; none: before this was kept

ALTER TABLE users DROP COLUMN totp_seed_next;

CREATE INDEX api_keys_by_maker ON api_keys (made_by);

CREATE INDEX users_by_maker ON users (made_by);
