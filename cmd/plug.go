package cmd

import (
	"context"
	"errors"
	"time"

	"expertcontroller/broker"
	"expertcontroller/schema"
	"expertcontroller/store"
)

// What the actor needs, made of what broker and store offer: the two and the actor
// don't know one another.

// outcomes are the broker's words for what the actor tells apart, and the common ones.
var outcomes = []struct{ theirs, common error }{
	{broker.ErrConflict, schema.ErrConflict},
	{broker.ErrNotSent, schema.ErrNotSent},
	{broker.ErrForeign, schema.ErrForeign},
	{broker.ErrBroken, schema.ErrBroken},
	{broker.ErrTrimmed, schema.ErrTrimmed},
}

// outcome is an error of the broker that is also one of the common ones.
type outcome struct {
	error
	common error
}

func (o outcome) Unwrap() []error { return []error{o.error, o.common} }

func common(err error) error {
	for _, o := range outcomes {
		if errors.Is(err, o.theirs) && !errors.Is(err, o.common) {
			return outcome{err, o.common}
		}
	}
	return err
}

// logOf is a system's log as the actor reads and writes it.
type logOf struct{ *broker.Log }

func (l logOf) Append(ctx context.Context, expect uint64, id string, payload []byte) (uint64, error) {
	sequence, err := l.Log.Append(ctx, expect, id, payload)
	return sequence, common(err)
}

func (l logOf) CatchUp(ctx context.Context, from schema.Position, fn func(schema.Record) error) (schema.Position, error) {
	at, err := l.Log.CatchUp(ctx, from, func(r broker.Record) error { return fn(schema.Record(r)) })
	return at, common(err)
}

func (l logOf) Follow(ctx context.Context, from schema.Position, fn func(schema.Record) error) error {
	return common(l.Log.Follow(ctx, from, func(r broker.Record) error { return fn(schema.Record(r)) }))
}

func (l logOf) Check(ctx context.Context, at schema.Position) error {
	return common(l.Log.Check(ctx, at))
}

func (l logOf) At(ctx context.Context, sequence uint64) (schema.Record, error) {
	r, err := l.Log.At(ctx, sequence)
	return schema.Record(r), common(err)
}

// inboxOf is a system's inbox as the actor reads it.
type inboxOf struct{ *broker.Inbox }

func (i inboxOf) Follow(ctx context.Context, after uint64, fn func(schema.ToldMessage) error) error {
	return common(i.Inbox.Follow(ctx, after, func(t broker.Told) error { return fn(schema.ToldMessage(t)) }))
}

// projection is the store as one system's actor fills it.
type projection struct {
	store  *store.Store
	writer *store.Writer
	system string
}

// Load gives the documents that the store holds, and where in the log they stand.
func (p projection) Load(ctx context.Context, fn func(schema.Document) error) (schema.Position, error) {
	at, ok, err := p.store.Position(ctx, p.system)
	if err != nil || !ok {
		return schema.Position{}, err
	}
	return at, p.store.Documents(ctx, p.system, fn)
}

// Forget drops everything of the system, once what was handed over is written.
func (p projection) Forget(ctx context.Context, written uint64) error {
	if err := p.store.Wait(ctx, p.system, written); err != nil {
		return err
	}
	return p.store.Reset(ctx, p.system)
}

// archive is the store's history and the broker's log, as the actor lets go of them.
type archive struct {
	store  *store.Store
	log    *broker.Log
	system string
}

func (a archive) Removable(ctx context.Context, keep *schema.Retention, now time.Time, limit int) ([]schema.TokenRange, string, error) {
	return a.store.Removable(ctx, a.system, keep, now, limit)
}

func (a archive) Cut(ctx context.Context, begins uint64, before time.Time) (schema.Cut, bool, error) {
	return a.store.Cut(ctx, a.system, begins, before)
}

func (a archive) Folded(ctx context.Context, entry uint64) error {
	return a.store.Wait(ctx, a.system, entry)
}

func (a archive) Trim(ctx context.Context, cut schema.Cut) error { return common(a.log.Trim(ctx, cut)) }

// Enqueue hands a record to the store's writer.
func (p projection) Enqueue(r schema.Record) error { return p.writer.Enqueue(applied(r)) }

func applied(r schema.Record) store.Applied {
	return store.Applied{Position: r.Position, Entry: r.Entry, Payload: r.Payload, Skipped: r.Skipped}
}
