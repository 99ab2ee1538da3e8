-- Of which voters a record speaks that speaks of several: by it is found who saw a voter. The record's own details, to which
-- the log commits, name the same voters.
CREATE TABLE audit_voters (
    name            TEXT NOT NULL, -- of a voter, or of a state's id of one, as logs know it
    sequence        INTEGER NOT NULL REFERENCES audit_outbox (sequence), -- the record
    PRIMARY KEY (name, sequence)
) STRICT, WITHOUT ROWID;

CREATE INDEX audit_outbox_exports ON audit_outbox (action) WHERE action = 'exported';
