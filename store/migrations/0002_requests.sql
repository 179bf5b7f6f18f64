-- Each record's request as it came in: it stands once in the log, and once here.
CREATE TABLE requests (
    id    INTEGER PRIMARY KEY,
    value BLOB    NOT NULL,
    sum   INTEGER NOT NULL
) STRICT;
