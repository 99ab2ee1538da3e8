-- Who keeps an account beyond the key that it came of, apart from who made it; and who registered an organization, so that a
-- key invites first people into those alone that came of it.

ALTER TABLE users ADD COLUMN
    kept_by TEXT DEFAULT NULL; -- the principal, which came of no key, that lets the account stay beyond the key that it came of; none: nobody did

ALTER TABLE organizations ADD COLUMN
    made_by TEXT DEFAULT NULL; -- the principal that named or registered it; none: before this was kept
