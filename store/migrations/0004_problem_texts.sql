-- The ids of the problems of each 256 records in one text, with a line's end around each,
-- so that a part of an id is looked for in a few thousand texts instead of a million rows.
-- It only says where looking is worth while: what was let go may stand in it for a time.
-- Of an id with a zero in it only what stands before: a search ends there, and would miss
-- all that follows in the text.
CREATE TABLE problem_texts (
    chunk INTEGER PRIMARY KEY, -- a record's id >> 8
    ids   TEXT NOT NULL
) STRICT;
INSERT INTO problem_texts SELECT record >> 8, char(10) || group_concat(substr(id, 1, instr(id || char(0), char(0)) - 1), char(10)) || char(10)
    FROM problems GROUP BY record >> 8;
CREATE TRIGGER problems_text AFTER INSERT ON problems BEGIN
    INSERT INTO problem_texts (chunk, ids) VALUES (new.record >> 8, char(10) || substr(new.id, 1, instr(new.id || char(0), char(0)) - 1) || char(10))
        ON CONFLICT (chunk) DO UPDATE SET ids = ids || substr(excluded.ids, 2);
END;
