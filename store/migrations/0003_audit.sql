-- The audit trail in the order of the log, so that it can be read and trimmed from its
-- beginning; what belongs to a record is found by an index.
CREATE TABLE trail (
    id      INTEGER NOT NULL, -- system << 40 | entry
    n       INTEGER NOT NULL,
    record  INTEGER NOT NULL,
    kind    TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    role    TEXT    NOT NULL,
    name    TEXT    NOT NULL,
    via     TEXT    NOT NULL,
    auth    TEXT    NOT NULL,
    text    TEXT    NOT NULL,
    token   TEXT    NOT NULL,
    step    INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    prompt  TEXT    NOT NULL,
    code    TEXT    NOT NULL,
    PRIMARY KEY (id, n)
) STRICT, WITHOUT ROWID;
INSERT INTO trail SELECT (record >> 40) << 40 | entry, n, record, kind, at, role, name, via, auth, text, token, step, attempt, prompt, code
    FROM events ORDER BY 1, 2;
DROP TABLE events;
ALTER TABLE trail RENAME TO events;
-- The primary key stands in the index, too.
CREATE INDEX events_record ON events (record);

-- Parts of checkpoints, by entry: a log may be cut where a complete one begins.
CREATE TABLE checkpoints (
    id    INTEGER PRIMARY KEY, -- system << 40 | entry
    part  INTEGER NOT NULL,
    parts INTEGER NOT NULL
) STRICT;
