package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"expertcontroller/broker"
	"expertcontroller/client"
	"expertcontroller/schema"
	"expertcontroller/store"
)

// exitDiffers is how a verification ends that found something.
const exitDiffers = exit(3)

// logReading is a log that is only read.
type logReading struct {
	system string
	asks   *client.Client
	log    *broker.Log
}

func (r *logReading) close() { r.asks.Close() }

// openLog opens the log of the one system that a command is about.
func openLog(ctx context.Context, c *console, f *connection) (*logReading, error) {
	o, err := f.options(schema.RoleOperator)
	if err != nil {
		return nil, err
	}
	system := o.System
	if system == "" {
		system = client.DefaultSystem
	}
	asks, err := client.Connect(ctx, o)
	if err != nil {
		return nil, err
	}
	b, err := broker.OpenToRead(ctx, asks.Conn(), c.linesFrom(slog.LevelError, time.TimeOnly))
	if err != nil {
		asks.Close()
		return nil, err
	}
	return &logReading{system: system, asks: asks, log: b.Log(system)}, nil
}

type auditVerifyCmd struct {
	File      string `placeholder:"FILE" help:"Verify an export instead of the log, - one from stdin; no broker is needed."`
	After     uint64 `placeholder:"N" help:"The export was made with --after N: verify it from entry N+1 on."`
	Against   string `placeholder:"FILE" help:"Compare with signed checkpoints, as audit checkpoint wrote them."`
	PublicKey string `placeholder:"FILE" help:"The public key that they have to be signed with."`
	Data      string `placeholder:"DIR" help:"A controller's data directory, whose database is compared with the log (default: ./expertcontroller-data, if it is there)."`
}

// Help shows how it is used.
func (*auditVerifyCmd) Help() string {
	return `Every entry holds the hash of the one before. It exits with 0 if all is as it was written, with 3 if not, naming the first entry that differs, and with 1 if it can't be told.
An export that begins with a later entry, made with --after N, is verified with --after N: from entry N+1 on, and the beginning not. It says which hash entry N has to have: the last one of the export before, or of a checkpoint signed then (--against).

` + examples(`expertcontroller audit verify`, `expertcontroller audit verify --data /var/lib/expertcontroller --against cms.jsonl --public-key audit.key.pub`,
		`expertcontroller audit verify --file cms-2026.jsonl`, `expertcontroller audit verify --file rest.jsonl --after 4711`, `zcat cms-2026.jsonl.gz | expertcontroller audit verify --file -`)
}

// verified is what was found, for programs.
type verified struct {
	System   string `json:"system"`
	Verified bool   `json:"verified"`
	// Entry is the first entry that differs, and Text says in what.
	Entry   uint64 `json:"entry,omitempty"`
	Text    string `json:"text,omitempty"`
	First   uint64 `json:"first,omitempty"`
	Last    uint64 `json:"last,omitempty"`
	Lineage string `json:"lineage,omitempty"`
	// Hash is the last entry's.
	Hash string `json:"hash,omitempty"`
	// After is the entry behind which it was verified, and Before the hash that it has to have.
	After  uint64 `json:"after,omitempty"`
	Before string `json:"before,omitempty"`
	// Signed are the signed checkpoints that were looked at, Met those that fit; Earlier are of
	// entries before the first.
	Signed  int `json:"signed"`
	Met     int `json:"met"`
	Earlier int `json:"earlier"`
	// Skipped are messages in the log that are no valid entries.
	Skipped int `json:"skipped"`
	// Database is the last entry that the database holds, where it was compared.
	Database uint64 `json:"database,omitempty"`
}

// Run verifies.
func (a *auditVerifyCmd) Run(ctx context.Context, c *console, f *connection) error {
	var out verified
	err := a.verify(ctx, c, f, &out)
	var found *mismatch
	if errors.As(err, &found) {
		c.insist("does not verify: %s", clean(found.Error()))
		err = exitDiffers
		out.Entry, out.Text = found.entry, found.text
	} else if err != nil {
		return err
	}
	if c.json {
		return errors.Join(err, c.printJSON(out))
	}
	return err
}

func (a *auditVerifyCmd) verify(ctx context.Context, c *console, f *connection, out *verified) (err error) {
	o, err := f.options(schema.RoleOperator)
	if err != nil {
		return err
	}
	w := &chainWalk{system: o.System, after: a.After}
	if w.system == "" {
		w.system = client.DefaultSystem
	}
	if a.PublicKey != "" && a.Against == "" {
		return usagef("--public-key: goes with --against")
	}
	if a.After > 0 && a.File == "" {
		return usagef("--after: goes with --file; the log itself is verified from its beginning")
	}
	if a.File != "" && a.Data != "" {
		return usagef("--data: a database is compared with the log, not with an export; leave out --file")
	}
	var exported *export
	if a.File != "" {
		if exported, err = openExport(a.File, c.in); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, exported.close()) }()
		of, err := exported.system()
		if err != nil {
			return err
		}
		if len(f.System) > 0 && of != w.system {
			return fmt.Errorf("verifying the export %s: it is of system %s, not %s: leave --system (or EXPERTCONTROLLER_SYSTEM) out, or name the other file", exported.name, of, w.system)
		}
		w.system = of
	}
	out.System = w.system
	signed := 0
	if a.Against != "" {
		public := ""
		if a.PublicKey != "" {
			text, err := os.ReadFile(a.PublicKey)
			if err != nil {
				return fmt.Errorf("reading the public key: %w", err)
			}
			public = strings.TrimSpace(string(text))
		} else {
			c.say("no --public-key: whoever wrote the file could have signed it with any key")
		}
		if w.signed, signed, err = readSigned(a.Against, w.system, public); err != nil {
			return err
		}
	}
	if exported != nil {
		err = walkExport(ctx, exported, w)
	} else {
		err = a.walkLog(ctx, c, f, w, out)
	}
	if err != nil {
		return err
	}
	if w.last == 0 {
		return fmt.Errorf("verifying: there is no entry of system %s; name the system with --system", w.system)
	}
	before, err := w.unmet()
	if err != nil {
		return err
	}
	out.Verified, out.First, out.Last, out.Lineage, out.Hash, out.After, out.Before = true, w.first, w.last, w.lineage, w.hash, w.after, w.before
	out.Signed, out.Met, out.Earlier, out.Skipped = signed, w.met, before, w.skipped
	if w.skipped > 0 {
		c.say("%d messages in the log are no valid entries; everybody skips them", w.skipped)
	}
	if c.json {
		return nil
	}
	c.print("entries %d to %d of system %s are as they were written, lineage %s, last hash %s\n", w.first, w.last, clean(w.system), clean(w.lineage), w.hash)
	if w.after > 0 {
		c.print("verified from entry %d on, the beginning not: entry %d has to have the hash %s%s\n", w.first, w.after, w.before, w.vouched())
	}
	if signed > 0 {
		c.print("%d of %d signed checkpoints fit", w.met, signed)
		if before > 0 {
			c.print("; %d are of entries before the first", before)
		}
		c.print("\n")
	}
	return nil
}

// walkExport walks an export.
func walkExport(ctx context.Context, x *export, w *chainWalk) error {
	w.missing = "; if it was exported with --after N, verify it with --after N"
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		line, n, err := x.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		e, err := w.step(line)
		if err != nil {
			return err
		}
		if e == nil {
			return &mismatch{w.last + 1, fmt.Sprintf("line %d of the export is not that entry", n)}
		}
	}
}

// walkLog walks the log, and compares the database with it.
func (a *auditVerifyCmd) walkLog(ctx context.Context, c *console, f *connection, w *chainWalk, out *verified) (err error) {
	reading, err := openLog(ctx, c, f)
	if err != nil {
		return err
	}
	defer reading.close()
	dir := a.Data
	if dir == "" {
		if _, err := os.Stat(filepath.Join("expertcontroller-data", databaseName)); err == nil {
			dir = "expertcontroller-data"
		}
	}
	if dir == "" {
		c.say("no database is compared: name a controller's data directory with --data")
		return reading.log.Messages(ctx, func(_ uint64, payload []byte) error {
			_, err := w.step(payload)
			return err
		})
	}
	db, err := store.OpenToCompare(ctx, filepath.Join(dir, databaseName), w.system)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	at := schema.Position{System: w.system, Created: reading.log.Created()}
	behind := 0
	err = reading.log.Messages(ctx, func(sequence uint64, payload []byte) error {
		e, err := w.step(payload)
		if err != nil || e == nil {
			return err
		}
		if e.Entry > db.Entry() {
			behind++
			return nil
		}
		at.Sequence, at.At, at.Entry, at.Hash, at.Lineage = sequence, sequence, e.Entry, w.hash, e.Lineage
		return db.Add(ctx, store.Applied{Position: at, Entry: e})
	})
	if err != nil {
		return err
	}
	if w.last > 0 && db.Entry() < w.first {
		c.say("the database stands at entry %d, before the log begins: it is not compared; the controller makes it anew when it starts", db.Entry())
		return nil
	}
	differs, err := db.Compare(ctx)
	if err != nil {
		return err
	}
	if differs != nil {
		return &mismatch{differs.Entry, "the database is not what the log says: " + differs.Text + ": stop the controller, move the database away, and start it again: it is rebuilt"}
	}
	out.Database = db.Entry()
	if c.json {
		return nil
	}
	c.print("the database holds just that, up to entry %d", db.Entry())
	if behind > 0 {
		c.print(" (%d entries came since)", behind)
	}
	c.print("\n")
	return nil
}
