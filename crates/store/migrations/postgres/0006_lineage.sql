-- What an export was made from: its file is read again only as long as all of that is granted.

ALTER TABLE exports ADD COLUMN lineage TEXT NOT NULL DEFAULT '[]'; -- JSON list of {owner, class, state, grant with its epoch}
