-- Whose data it was, as the reporter named them, whether or not they are here: what is shown tells nobody whether they are.
-- None: the reporter did not know; the owner of the data directory reads it then.
ALTER TABLE incidents ADD COLUMN named TEXT;
UPDATE incidents SET named = about_id;

-- An incident is closed by both sides: the one that has agreed so far, and what it says was found and done.
ALTER TABLE incidents ADD COLUMN agreed_by TEXT REFERENCES organizations (id);
ALTER TABLE incidents ADD COLUMN agreed_note TEXT;
