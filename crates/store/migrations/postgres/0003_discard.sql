-- A held load may be discarded: its report stays, its rows go. What `loads` may say grows by that end.

ALTER TABLE snapshots ADD COLUMN
    discarded_at    text;

COMMENT ON COLUMN snapshots.discarded_at IS 'when a person discarded it while it was held; only report and manifest are left of it';

ALTER TABLE loads DROP CONSTRAINT loads_outcome_check;

ALTER TABLE loads ADD CONSTRAINT loads_outcome_check
    CHECK (outcome IN ('published', 'held', 'accepted', 'discarded', 'undone', 'unchanged', 'failed', 'interrupted'));

COMMENT ON COLUMN loads.id IS 'random; a page''s job has the same one';
COMMENT ON COLUMN loads.state IS 'two letters, lower case';
COMMENT ON COLUMN loads.verb IS 'what holds the state''s lock: load, accept, discard, undo';
COMMENT ON COLUMN loads.holder IS 'the principal that asked for it';
COMMENT ON COLUMN loads.pid IS 'process id on that host';
COMMENT ON COLUMN loads.host IS 'name of the machine';
COMMENT ON COLUMN loads.snapshot_id IS 'the folder that it is about to put in place or to clear; tells the next load what a crash left behind';
COMMENT ON COLUMN loads.started_at IS 'when the lock was taken';
COMMENT ON COLUMN loads.finished_at IS 'when it was given back; none while it runs';
COMMENT ON COLUMN loads.outcome IS 'how it ended';
COMMENT ON COLUMN loads.updated_at IS 'when this row last changed';
COMMENT ON COLUMN loads.updated_by IS 'by which transaction';
