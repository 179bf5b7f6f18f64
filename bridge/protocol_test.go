package bridge

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"expertcontroller/client"
	"expertcontroller/schema"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// replicaOf is a bridge's feed over a log, which follows it at a pace of its own: step by
// step, as the test says, so that no time passes.
type replicaOf struct {
	feed  *feed
	log   *recorded
	at    uint64
	begun bool
}

// follow lets it take up to n entries, in frames of a few.
func (r *replicaOf) follow(t *testing.T, random *rand.Rand, n int) {
	t.Helper()
	if !r.begun {
		l, err := r.feed.load(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if l.lineage == "" {
			return
		}
		r.feed.begin(l)
		r.at, r.begun = l.high, true
	}
	for ; n > 0 && r.at < r.log.last(); n-- {
		r.log.mu.Lock()
		e := r.log.entries[r.at]
		r.log.mu.Unlock()
		p, err := partOf(&e)
		if err != nil {
			t.Fatal(err)
		}
		r.at++
		r.feed.mu.Lock()
		r.feed.pending = append(r.feed.pending, p)
		if n == 1 || random.IntN(3) == 0 || r.at == r.log.last() {
			r.feed.flush()
		}
		r.feed.mu.Unlock()
	}
}

// restart makes it forget everything.
func (r *replicaOf) restart() {
	r.feed = newFeed(r.log.system, r.log, slog.New(slog.DiscardHandler))
	r.begun, r.at = false, 0
}

// Whatever is cut, resumed, slow, restarted or made anew, and whichever bridge a client
// comes back to: its picture is the fold of the log up to its entry.
func TestPropertyClientsFoldTheLog(t *testing.T) {
	cuts := 100_000
	if testing.Short() {
		cuts = 10_000
	}
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("SEED=%d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	log := newRecorded("cms", "one")
	bridges := []*replicaOf{{log: log}, {log: log}}
	for _, b := range bridges {
		b.restart()
	}
	state := &logState{}
	right := newFolded()
	// forms holds, per lineage and entry, the picture's sum.
	forms := map[string]map[uint64]uint64{"one": {}}
	grow := func() {
		e := log.add(randomEntry(random, "cms", state))
		forms[log.lineage][e.Entry] = right.take(&e)
	}
	type clientOf struct {
		shadow
		bridge   int
		follower *follower
	}
	clients := make([]*clientOf, 12)
	connect := func(c *clientOf) {
		c.bridge = random.IntN(len(bridges))
		var has *position
		if c.known && random.IntN(20) > 0 {
			has = &position{Lineage: c.lineage, Entry: c.entry}
		}
		c.follower = bridges[c.bridge].feed.follower(has)
	}
	for i := range clients {
		clients[i] = &clientOf{}
	}
	now := noon
	did := map[string]int{}
	// What is rare comes at times that are random but never far apart: each run has them all.
	burst, restart, anew := rarely(random, 1000), rarely(random, 4000), rarely(random, 8000)
	for done := 0; done < cuts; {
		now = now.Add(time.Duration(random.IntN(2000)) * time.Millisecond)
		if random.IntN(4) == 0 {
			grow()
		}
		b := bridges[random.IntN(len(bridges))]
		if burst() { // a burst that overflows
			for range 150 {
				grow()
				b.follow(t, random, 1)
			}
			b.follow(t, random, 1000)
		}
		if restart() {
			b.restart()
			did["restarts"]++
			for _, c := range clients {
				if bridges[c.bridge] == b {
					c.follower = nil
				}
			}
		}
		if anew() {
			lineage := strconv.Itoa(done)
			log.anew(lineage)
			forms[lineage] = map[uint64]uint64{}
			state, right = &logState{}, newFolded()
			grow()
			for _, b := range bridges {
				b.begun = false // as a watch that finds another log
			}
			did["other logs"]++
		}
		b.follow(t, random, random.IntN(12))
		c := clients[random.IntN(len(clients))]
		if c.follower == nil || random.IntN(3) > 0 {
			old := c.bridge
			connect(c)
			if done++; old != c.bridge {
				did["switches"]++
			}
		}
		for range random.IntN(3) {
			before := c.follower.overflows
			body, err := c.follower.next(now)
			did["overflows"] += c.follower.overflows - before
			if err != nil {
				did["closed as too slow"]++
				c.follower = nil
				break
			}
			if body == nil {
				break
			}
			if random.IntN(30) == 0 {
				c.follower = nil // cut in the middle of a frame: the client never had it
				did["lost frames"]++
				break
			}
			if err := c.hear(body); err != nil {
				t.Fatalf("SEED=%d, after %d cuts: %v", seed, done, err)
			}
			want, there := forms[c.lineage][c.entry]
			if !there || c.sum != want {
				t.Fatalf("SEED=%d, after %d cuts: at entry %d of %s a client shows\n%v", seed, done, c.entry, c.lineage, c.documents)
			}
		}
	}
	var snapshots, deltas int
	for _, c := range clients {
		snapshots, deltas = snapshots+c.snapshots, deltas+c.deltas
	}
	t.Logf("%d cuts, %v, %d entries in the last log, %d snapshots, %d deltas", cuts, did, log.last(), snapshots, deltas)
	for _, what := range []string{"switches", "restarts", "overflows", "other logs", "lost frames"} {
		if did[what] == 0 {
			t.Errorf("there were no %s: the test tries less than it says", what)
		}
	}
	if snapshots == 0 || deltas < snapshots {
		t.Errorf("%d snapshots and %d deltas: resuming is hardly tried", snapshots, deltas)
	}
}

// rarely gives true once in about so many calls, and at least once in half as many again.
func rarely(random *rand.Rand, calls int) func() bool {
	next := func() int { return calls/2 + random.IntN(calls) }
	left := next()
	return func() bool {
		if left--; left > 0 {
			return false
		}
		left = next()
		return true
	}
}

// A feed that really follows: pages of a picture that are of different entries are right
// once all between them is folded.
func TestPicturePagesOfDifferentEntries(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	log, state, right := newRecorded("cms", "one"), &logState{}, newFolded()
	var want uint64
	for range 300 {
		e := log.add(randomEntry(random, "cms", state))
		want = right.take(&e)
	}
	f := newFeed("cms", &inPages{recorded: log, grow: func() {
		e := log.add(randomEntry(random, "cms", state))
		want = right.take(&e)
	}}, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	all.Go(func() { f.run(ctx) })
	defer all.Wait()
	defer cancel()
	deadline := time.Now().Add(10 * time.Second)
	for f.entry() == 0 || f.entry() < log.last() {
		if time.Now().After(deadline) {
			t.Fatal("the feed shows nothing")
		}
		time.Sleep(time.Millisecond)
	}
	body, _, entry, _ := f.whole()
	var s shadow
	if err := s.hear(body); err != nil {
		t.Fatal(err)
	}
	if entry != log.last() || s.sum != want {
		t.Errorf("at entry %d of %d the picture is\n%v\nwant\n%v", entry, log.last(), s.documents, right.documents)
	}
}

// inPages gives three documents at a time, and the log grows between the pages.
type inPages struct {
	*recorded
	grow  func()
	count int
}

func (p *inPages) Picture(ctx context.Context, from string) (schema.Picture, error) {
	if from != "" && p.count < 5 {
		p.count++
		p.grow()
	}
	whole, err := p.recorded.Picture(ctx, "")
	page := whole
	page.Documents = nil
	for _, d := range inOrder(whole.Documents) {
		if d.Key <= from {
			continue
		}
		if len(page.Documents) == 3 {
			page.Next = page.Documents[2].Key
			break
		}
		page.Documents = append(page.Documents, d)
	}
	return page, err
}

var _ source = (*client.Client)(nil)
