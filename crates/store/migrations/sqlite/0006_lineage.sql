-- What an export was made from: its file is read again only as long as all of that is granted.

ALTER TABLE exports ADD COLUMN lineage TEXT NOT NULL DEFAULT '[]'; -- JSON list of {owner, class, state, grant with its epoch}

-- Overlays whose owner nobody has registered go on to be seen by the directory's owner: the store gives the grants.
INSERT INTO settings (name, value, updated_at, updated_by)
SELECT 'overlays_unshared', 'yes', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'migrate' WHERE EXISTS (SELECT 1 FROM appends);
