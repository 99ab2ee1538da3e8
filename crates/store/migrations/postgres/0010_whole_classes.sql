-- Which classes a grant gives whole, whatever columns come to them, beside others of which it names columns.

ALTER TABLE grants ADD COLUMN
    whole           text NOT NULL DEFAULT '[]';
COMMENT ON COLUMN grants.whole IS 'JSON list of classes; before this was kept, `columns` narrowed all of them';
