-- Of which voters a record speaks that speaks of several: by it is found who saw a voter. The record's own details, to which
-- the log commits, name the same voters.
CREATE TABLE audit_voters (
    name            text NOT NULL,
    sequence        bigint NOT NULL REFERENCES audit_outbox (sequence),
    PRIMARY KEY (name, sequence)
);

CREATE INDEX audit_outbox_exports ON audit_outbox (action) WHERE action = 'exported';

COMMENT ON COLUMN audit_voters.name IS 'of a voter, or of a state''s id of one, as logs know it';
COMMENT ON COLUMN audit_voters.sequence IS 'the record';
