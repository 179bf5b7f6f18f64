-- A text of problem_texts is made anew at the end of each transaction that changed the
-- problems of its records: a trigger wrote it anew for every one of them.
DROP TRIGGER problems_text;
