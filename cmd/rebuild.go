package cmd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/schollz/progressbar/v3"

	"expertcontroller/broker"
	"expertcontroller/schema"
	"expertcontroller/store"
)

const (
	// manyEntries is how far the database may be behind before it is rebuilt in bulk; less
	// than that the actor catches up with by itself.
	manyEntries = 1000
	// quietFor is how long a rebuild says nothing.
	quietFor = time.Second
)

// rebuild brings the database up to the system's log before the actor starts, when a
// long stretch is missing: it was set aside, or is new here.
func (r *replica) rebuild(ctx context.Context, log *broker.Log, system string) error {
	at, known, err := r.store.Position(ctx, system)
	if err != nil {
		return err
	}
	if !known {
		at = log.Start()
	}
	var last broker.Record
	err = r.broker.Insist(ctx, "where the log of "+system+" begins and ends", func(ctx context.Context) (err error) {
		if err = log.FinishTrim(ctx); err != nil {
			return fmt.Errorf("looking where the log of %s begins: %w", system, err)
		}
		if known {
			if at, err = r.again(ctx, log, system, at); err != nil {
				return err
			}
		}
		end, err := log.End(ctx)
		if err != nil || end <= at.Sequence {
			return err
		}
		last, err = log.At(ctx, end)
		return err
	})
	if err != nil || last.Entry == nil || last.Entry.Entry < at.Entry+manyEntries {
		return err
	}
	total := last.Entry.Entry - at.Entry
	began := time.Now()
	show := r.progress(system, total)
	bulk := r.store.Rebuild(total, show)
	_, err = log.CatchUp(ctx, at, func(record broker.Record) error {
		return bulk.Add(ctx, applied(schema.Record(record)))
	})
	err = errors.Join(err, bulk.Finish(ctx))
	if errors.Is(err, broker.ErrForeign) || errors.Is(err, store.ErrForeign) {
		return fmt.Errorf("bringing the database up to the log of %s: %w: the database is of another log; if the broker's data was replaced on purpose, move %s away, and it is rebuilt",
			system, err, r.database()+"*")
	}
	if err != nil {
		return fmt.Errorf("bringing the database up to the log of %s: %w", system, err)
	}
	show(total, total)
	r.log.Info("brought the database up to the log", "system", system, "entries", total, "took", time.Since(began).Round(time.Millisecond))
	return nil
}

// again drops what the database has where the log was trimmed behind that: it is read
// from the checkpoint with which the log begins now.
func (r *replica) again(ctx context.Context, log *broker.Log, system string, at schema.Position) (schema.Position, error) {
	first, err := log.First(ctx)
	if errors.Is(err, broker.ErrMissing) {
		return at, nil // whether it is the same log at all, the actor finds out
	}
	if err != nil {
		return at, err
	}
	if first.Entry == nil || first.Sequence <= at.Sequence || !errors.Is(log.Check(ctx, at), broker.ErrTrimmed) {
		return at, nil
	}
	r.log.Info("the log was trimmed while this replica was away: its database is made anew from the checkpoint", "system", system, "stood_at", at.Entry, "begins", first.Entry.Entry)
	return log.Start(), r.store.Reset(ctx, system)
}

// progress shows how far a rebuild is, once it takes long: as a bar on a terminal, as
// lines of the log elsewhere.
func (r *replica) progress(system string, total uint64) store.Progress {
	began := time.Now()
	said := began
	var bar *progressbar.ProgressBar
	return func(done, _ uint64) {
		over := done >= total
		if time.Since(began) < quietFor {
			return
		}
		if r.console.terminalErr {
			if bar == nil {
				bar = progressbar.NewOptions64(int64(total), progressbar.OptionSetWriter(r.console.err),
					progressbar.OptionSetDescription("reading the log of "+system), progressbar.OptionShowCount(), progressbar.OptionClearOnFinish())
			}
			if err := bar.Set64(int64(done)); err != nil {
				r.log.Debug("showing the progress", "error", err)
			}
			return
		}
		if over || time.Since(said) >= quietFor {
			said = time.Now()
			r.log.Info("bringing the database up to the log", "system", system, "entries", done, "of", total)
		}
	}
}
