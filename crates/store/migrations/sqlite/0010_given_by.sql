-- By whom grants, engagements and recovery links were made, so that what a lost key has given ends with it.

ALTER TABLE grants ADD COLUMN
    made_by TEXT DEFAULT NULL; -- the principal that gave it, or last let it hold again; none: before this was kept, or at a registration

ALTER TABLE engagements ADD COLUMN
    made_by TEXT DEFAULT NULL; -- the principal that made or last changed it; none: before this was kept

ALTER TABLE recoveries ADD COLUMN
    made_by TEXT DEFAULT NULL; -- the principal that made it; none: before this was kept

CREATE INDEX grants_by_maker ON grants (made_by);

CREATE INDEX engagements_by_maker ON engagements (made_by);
