package cmd_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	real "expertcontroller/broker"
	"expertcontroller/broker/brokertest"
	"expertcontroller/controller"
	"expertcontroller/schema"
	"expertcontroller/store"
)

// These tests plug the three rooms together as the program does: the actor on a real
// broker and a real database.

type testLog struct{ *real.Log }

func (l testLog) Append(ctx context.Context, expect uint64, id string, payload []byte) (uint64, error) {
	sequence, err := l.Log.Append(ctx, expect, id, payload)
	return sequence, inWords(err)
}

func (l testLog) CatchUp(ctx context.Context, p schema.Position, fn func(schema.Record) error) (schema.Position, error) {
	reached, err := l.Log.CatchUp(ctx, p, func(r real.Record) error { return fn(schema.Record(r)) })
	return reached, inWords(err)
}

func (l testLog) Follow(ctx context.Context, p schema.Position, fn func(schema.Record) error) error {
	return inWords(l.Log.Follow(ctx, p, func(r real.Record) error { return fn(schema.Record(r)) }))
}

func (l testLog) Check(ctx context.Context, p schema.Position) error {
	return inWords(l.Log.Check(ctx, p))
}

func (l testLog) At(ctx context.Context, sequence uint64) (schema.Record, error) {
	r, err := l.Log.At(ctx, sequence)
	return schema.Record(r), err
}

type testInbox struct{ *real.Inbox }

func (i testInbox) Follow(ctx context.Context, after uint64, fn func(schema.ToldMessage) error) error {
	return inWords(i.Inbox.Follow(ctx, after, func(m real.Told) error { return fn(schema.ToldMessage(m)) }))
}

func inWords(err error) error {
	for ours, theirs := range map[error]error{
		schema.ErrConflict: real.ErrConflict, schema.ErrNotSent: real.ErrNotSent,
		schema.ErrForeign: real.ErrForeign, schema.ErrBroken: real.ErrBroken,
	} {
		if errors.Is(err, theirs) && !errors.Is(err, ours) {
			return fmt.Errorf("%w: %w", ours, err)
		}
	}
	return err
}

type testProjection struct {
	store  *store.Store
	writer *store.Writer
	system string
}

func (p testProjection) Load(ctx context.Context, fn func(schema.Document) error) (schema.Position, error) {
	position, ok, err := p.store.Position(ctx, p.system)
	if err != nil || !ok {
		return schema.Position{}, err
	}
	return position, p.store.Documents(ctx, p.system, fn)
}

func (p testProjection) Enqueue(r schema.Record) error {
	return p.writer.Enqueue(store.Applied{Position: r.Position, Entry: r.Entry, Payload: r.Payload, Skipped: r.Skipped})
}

type served struct {
	*controller.Actor
	store  *store.Store
	cancel context.CancelFunc
	ended  chan error
}

// serveSystem runs an actor as serve does. It ends with the test at the latest.
func serveSystem(tb testing.TB, b *real.Broker, system, replica, dir string) *served {
	tb.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s, err := store.Open(ctx, store.Options{Path: filepath.Join(dir, "test.db"), Logger: brokertest.Quiet()})
	if err != nil {
		tb.Fatal(err)
	}
	writer := s.Writer(context.Background())
	actor := controller.NewActor(controller.Config{
		System: system, Replica: replica, Build: "test", Log: testLog{b.Log(system)},
		Inbox: func() controller.Inbox { return testInbox{b.Inbox(system)} }, Bus: b,
		Projection: testProjection{s, writer, system}, Logger: brokertest.Quiet(), CheckpointEntries: 200,
	})
	stopPeer, err := b.ServePeer(system, replica, actor.Peer)
	if err != nil {
		tb.Fatal(err)
	}
	out := &served{Actor: actor, store: s, cancel: cancel, ended: make(chan error, 1)}
	go func() {
		err := actor.Run(ctx)
		stopPeer()
		out.ended <- errors.Join(err, writer.Close())
	}()
	tb.Cleanup(func() { out.stop(tb); s.Close() })
	within(tb, "the replica to be ready", func() bool { return actor.Ready() == nil })
	return out
}

func (s *served) stop(tb testing.TB) {
	tb.Helper()
	s.cancel()
	err, first := <-s.ended, true
	if first && err != nil {
		tb.Errorf("the replica ended with %v", err)
	}
	s.ended <- nil
}

// patience is how long a test waits for a fact. It costs nothing when all is well, and a
// busy machine with a slow disk takes its time.
const patience = 2 * time.Minute

func within(tb testing.TB, what string, fact func() bool) {
	tb.Helper()
	for deadline := time.Now().Add(patience); !fact(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			tb.Fatalf("waited in vain for %s", what)
		}
	}
}

func noteFrom(id string) []byte {
	return fmt.Appendf(nil, `{"type":"recovery.v1.note","id":%q,"token":"cms-9","text":"x"}`, id)
}

var anna = schema.Sender{System: "cms", Kind: schema.KindNote, By: schema.By{Role: schema.RoleOperator, Name: "anna", Via: schema.ViaCall, Auth: "subject"}}

// Two replicas on one broker under load, one of them stopped and started again in the
// middle: each input stands in the log once, and both databases give the same digest.
func TestReplicasOnOneBroker(t *testing.T) {
	server := brokertest.Start(t)
	open := func() *real.Broker { return brokertest.Open(t, brokertest.Connect(t, server), 1) }
	dirA, dirB := t.TempDir(), t.TempDir()
	a, b := serveSystem(t, open(), "cms", "a", dirA), serveSystem(t, open(), "cms", "b", dirB)
	teller := open()
	const callers, each = 16, 40
	var answered atomic.Int64
	load := func(name string, r func() *served) {
		var all sync.WaitGroup
		for i := range callers {
			all.Go(func() {
				for n := range each {
					payload := noteFrom(fmt.Sprintf("%s-%d-%d", name, i, n))
					for tries := 0; ; tries++ {
						if _, bad := r().Call(context.Background(), anna, payload); bad == nil {
							break
						} else if bad.Code != 503 || tries > 1000 {
							t.Errorf("refused: %v", bad)
							return
						}
						time.Sleep(5 * time.Millisecond)
					}
					answered.Add(1)
				}
			})
		}
		for n := range each {
			if err := teller.Publish(schema.SubjectTell("cms", schema.RoleOperator, "otto", schema.KindNote), noteFrom(fmt.Sprintf("%s-told-%d", name, n))); err != nil {
				t.Error(err)
			}
		}
		all.Wait()
	}
	var replicaA atomic.Pointer[served]
	replicaA.Store(a)
	var all sync.WaitGroup
	all.Go(func() { load("a", replicaA.Load) })
	all.Go(func() { load("b", func() *served { return b }) })
	within(t, "some load", func() bool { return answered.Load() > callers*each/4 })
	a.stop(t)
	replicaA.Store(serveSystem(t, open(), "cms", "a", dirA))
	all.Wait()
	want := uint64(2*callers*each + 2*each)
	seen := map[string]int{}
	log := testLog{teller.Log("cms")}
	within(t, "all that was told to be decided", func() bool {
		clear(seen)
		if _, err := log.CatchUp(context.Background(), log.Start(), func(r schema.Record) error {
			if r.Entry != nil {
				for _, in := range r.Entry.Inputs {
					seen[in.By.Name+"/"+in.ID]++
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return uint64(len(seen)) >= want
	})
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s stands in the log %d times", id, n)
		}
	}
	if uint64(len(seen)) != want {
		t.Errorf("%d inputs stand in the log, want %d", len(seen), want)
	}
	again := replicaA.Load()
	entry := max(again.Entry(), b.Entry())
	var digests []string
	for _, r := range []*served{again, b} {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := r.store.Wait(ctx, "cms", entry); err != nil {
			t.Fatal(err)
		}
		digest, err := r.store.Digest(ctx, "cms")
		if err != nil {
			t.Fatal(err)
		}
		digests = append(digests, digest)
	}
	if digests[0] != digests[1] {
		t.Fatalf("the databases differ: %v", digests)
	}
}
