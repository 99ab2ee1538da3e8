-- Which classes a grant gives whole, whatever columns come to them, beside others of which it names columns.

ALTER TABLE grants ADD COLUMN
    whole TEXT NOT NULL DEFAULT '[]'; -- JSON list of classes; before this was kept, `columns` narrowed all of them
