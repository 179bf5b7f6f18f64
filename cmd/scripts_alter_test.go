package cmd_test

import (
	"database/sql"
	"errors"

	"github.com/rogpeppe/go-internal/testscript"
)

// alter changes a database behind its owner's back.
func alter(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, len(args) == 2 && !neg, "alter FILE SQL")
	db, err := sql.Open("sqlite3", ts.MkAbs(args[0]))
	ts.Check(err)
	result, err := db.Exec(args[1])
	ts.Check(errors.Join(err, db.Close()))
	n, err := result.RowsAffected()
	ts.Check(err)
	if n == 0 {
		ts.Fatalf("nothing was altered")
	}
}
