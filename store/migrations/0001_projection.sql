-- The projection of the logs of all systems. A record's or entry's id is
-- system << 40 | number: one small integer that orders by number within a system.

CREATE TABLE systems (
    id       INTEGER PRIMARY KEY,
    name     TEXT    NOT NULL UNIQUE,
    created  INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    entry    INTEGER NOT NULL,
    hash     TEXT    NOT NULL,
    lineage  TEXT    NOT NULL
) STRICT;

-- The state: keyed documents, each with a checksum of key and value.
CREATE TABLE documents (
    system INTEGER NOT NULL,
    key    TEXT    NOT NULL,
    value  BLOB    NOT NULL,
    sum    INTEGER NOT NULL,
    PRIMARY KEY (system, key)
) STRICT, WITHOUT ROWID;

-- One row for every entry of the log: what the audit trail's lines refer to.
CREATE TABLE entries (
    id       INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    replica  TEXT    NOT NULL,
    hash     TEXT    NOT NULL,
    sequence INTEGER NOT NULL
) STRICT;

-- What is searched and counted; the documents stand beside, so that a scan reads little.
CREATE TABLE records (
    id      INTEGER PRIMARY KEY,
    system  INTEGER NOT NULL,
    state   TEXT    NOT NULL,
    code    TEXT    NOT NULL,
    role    TEXT    NOT NULL,
    name    TEXT    NOT NULL,
    request TEXT    NOT NULL,
    key     INTEGER NOT NULL,
    created INTEGER NOT NULL,
    ended   INTEGER
) STRICT;
CREATE INDEX records_state   ON records (state);
CREATE INDEX records_ended   ON records (system, ended)
    WHERE ended IS NOT NULL AND state IN ('completed', 'failed', 'cancelled');
CREATE INDEX records_request ON records (request, name) WHERE request <> '';

CREATE TABLE statuses (
    id    INTEGER PRIMARY KEY,
    value BLOB    NOT NULL,
    sum   INTEGER NOT NULL
) STRICT;

-- Texts that many records share: experts, agents, operators, keys, titles.
CREATE TABLE terms (
    id     INTEGER PRIMARY KEY,
    system INTEGER NOT NULL,
    kind   INTEGER NOT NULL,
    text   TEXT    NOT NULL,
    UNIQUE (system, kind, text)
) STRICT;
CREATE TABLE facets (
    record INTEGER NOT NULL,
    term   INTEGER NOT NULL,
    PRIMARY KEY (record, term)
) STRICT, WITHOUT ROWID;
CREATE INDEX facets_term ON facets (term, record);

-- Every problem that a record ever covered; expert is a term.
CREATE TABLE problems (
    record INTEGER NOT NULL,
    expert INTEGER NOT NULL,
    id     TEXT    NOT NULL,
    PRIMARY KEY (record, expert, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX problems_id ON problems (id, expert, record);

-- When each prompt was opened and approved.
CREATE TABLE prompts (
    record   INTEGER NOT NULL,
    number   INTEGER NOT NULL,
    opened   INTEGER,
    approved INTEGER,
    PRIMARY KEY (record, number)
) STRICT, WITHOUT ROWID;

-- Which record numbers were created in an hour: a span of time becomes a span of ids.
CREATE TABLE hours (
    system INTEGER NOT NULL,
    hour   INTEGER NOT NULL,
    low    INTEGER NOT NULL,
    high   INTEGER NOT NULL,
    PRIMARY KEY (system, hour)
) STRICT, WITHOUT ROWID;

-- The audit trail. record is system << 40 for an event of the system; token is set
-- only where an event names something that is no record's token of this system.
CREATE TABLE events (
    record  INTEGER NOT NULL,
    entry   INTEGER NOT NULL,
    n       INTEGER NOT NULL,
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
    PRIMARY KEY (record, entry, n)
) STRICT, WITHOUT ROWID;
