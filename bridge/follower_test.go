package bridge

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"expertcontroller/schema"
)

// stood is a feed that shows a log's first entry, and takes others as the test says.
func stood(t *testing.T) (*feed, func(size int)) {
	t.Helper()
	f := newFeed("cms", nil, slog.New(slog.DiscardHandler))
	f.gather = 0
	f.begin(&loaded{picture: newPicture(), lineage: "one", low: 1, high: 1, at: noon})
	n := uint64(1)
	return f, func(size int) {
		t.Helper()
		n++
		p, err := partOf(&schema.Entry{Entry: n, At: noon, Documents: []schema.Document{
			{Key: schema.KeyMode, Value: mustEncode(map[string]any{"note": strings.Repeat("x", size), "n": n})},
		}})
		if err != nil {
			t.Fatal(err)
		}
		f.take(p)
	}
}

func TestFollower(t *testing.T) {
	t.Run("The first frame is a snapshot, then deltas, each encoded once for all", func(t *testing.T) {
		f, add := stood(t)
		a, b := f.follower(nil), f.follower(nil)
		first, _ := a.next(noon)
		second, _ := b.next(noon)
		if !strings.Contains(string(first), "snapshot") || &first[0] != &second[0] {
			t.Errorf("%s\n%s", first, second)
		}
		add(1)
		first, _ = a.next(noon)
		second, _ = b.next(noon)
		if !strings.Contains(string(first), `"entry":2,"previous":1`) || &first[0] != &second[0] {
			t.Errorf("%s\n%s", first, second)
		}
		if nothing, err := a.next(noon); nothing != nil || err != nil {
			t.Errorf("%s %v", nothing, err)
		}
	})
	t.Run("However many come back, each from an entry of its own, what is kept for them is bounded", func(t *testing.T) {
		f, _ := stood(t)
		const entries = 700
		for n := range uint64(entries) {
			p, err := partOf(&schema.Entry{Entry: n + 2, At: noon, Events: []schema.Event{{Kind: schema.EventNote, Text: strings.Repeat("x", 1000)}}})
			if err != nil {
				t.Fatal(err)
			}
			f.take(p)
		}
		for n := range uint64(entries) {
			body, err := f.follower(&position{Lineage: "one", Entry: n + 1}).next(noon)
			if want := fmt.Sprintf(`"entry":%d,"previous":%d,`, entries+1, n+1); err != nil || !strings.Contains(string(body[:200]), want) {
				t.Fatalf("%s: %.200s %v", want, body, err)
			}
		}
		kept := 0
		for _, body := range f.shown.Load().merged {
			kept += len(body)
		}
		if kept > keepSize {
			t.Errorf("%d bytes are kept, beside the frames", kept)
		}
	})
	t.Run("One that is ahead, since it comes from a bridge that was, waits", func(t *testing.T) {
		f, add := stood(t)
		w := f.follower(&position{Lineage: "one", Entry: 3})
		for range 2 {
			if body, _ := w.next(noon); body != nil {
				t.Errorf("%s", body)
			}
			add(1)
		}
		add(1)
		if body, _ := w.next(noon); !strings.Contains(string(body), `"entry":4,"previous":3`) {
			t.Errorf("%s", body)
		}
	})
	t.Run("One that is too slow gets a snapshot in place of what it missed, then is closed", func(t *testing.T) {
		f, add := stood(t)
		w := f.follower(nil)
		if _, err := w.next(noon); err != nil {
			t.Fatal(err)
		}
		for range queueFrames {
			add(1)
		}
		if body, err := w.next(noon); err != nil || !strings.Contains(string(body), "delta") {
			t.Errorf("as many frames as the queue holds: %v %.80s", err, body)
		}
		for range queueFrames + 1 {
			add(1)
		}
		if body, err := w.next(noon); err != nil || !strings.Contains(string(body), "snapshot") {
			t.Errorf("more frames than the queue holds: %v %.80s", err, body)
		}
		for range 3 {
			add(queueSize / 2)
		}
		if _, err := w.next(noon.Add(overflowAgain - 1)); !errors.Is(err, errOverflow) {
			t.Errorf("again within a minute, by size: %v", err)
		}
		if body, err := w.next(noon.Add(overflowAgain)); err != nil || !strings.Contains(string(body), "snapshot") {
			t.Errorf("again, but a minute later: %v %.80s", err, body)
		}
	})
	t.Run("One that comes back gets what it missed as one frame, or anew if it was long", func(t *testing.T) {
		f, add := stood(t)
		for range 3 * queueFrames {
			add(1)
		}
		w := f.follower(&position{Lineage: "one", Entry: 5})
		if body, err := w.next(noon); err != nil || !strings.Contains(string(body), fmt.Sprintf(`"entry":%d,"previous":5`, 3*queueFrames+1)) || strings.Count(string(body), `"key"`) != 1 {
			t.Errorf("%v %.200s", err, body)
		}
		for range keepFrames {
			add(1)
		}
		for _, has := range []*position{{Lineage: "one", Entry: 5}, {Lineage: "other", Entry: 5000}, {Lineage: "", Entry: 5}} {
			w := f.follower(has)
			if body, err := w.next(noon); err != nil || !strings.Contains(string(body), "snapshot") || w.overflows != 0 {
				t.Errorf("%+v: %v %.80s", has, err, body)
			}
		}
	})
	t.Run("What is kept has an end, by count and by size", func(t *testing.T) {
		f, add := stood(t)
		for range 2 * keepFrames {
			add(1)
		}
		if n := len(f.shown.Load().frames); n != keepFrames {
			t.Errorf("%d frames", n)
		}
		for range 20 {
			add(keepSize / 8)
		}
		size := 0
		for _, frame := range f.shown.Load().frames {
			size += frame.size
		}
		if size > keepSize || size != f.kept {
			t.Errorf("%d bytes, counted as %d", size, f.kept)
		}
	})
	t.Run("The first change goes out at once, those right behind it share a frame", func(t *testing.T) {
		f, add := stood(t)
		f.gather = time.Minute
		add(1)
		if f.entry() != 2 {
			t.Error("the first one waits")
		}
		add(1)
		add(1)
		if f.entry() != 2 {
			t.Error("the next ones don't share a frame")
		}
		add(gatherSize)
		if v := f.shown.Load(); v.entry != 5 || len(v.frames) != 2 {
			t.Errorf("too much to wait for: entry %d, %d frames", v.entry, len(v.frames))
		}
	})
	t.Run("Of a flood of refusals only the last ones come, and what was open always", func(t *testing.T) {
		e := &schema.Entry{Entry: 2, At: noon}
		add := func(prefix string, n uint64, state string) {
			token := schema.Token("cms", n)
			e.Documents = append(e.Documents, schema.Document{Key: prefix + token, Value: mustEncode(map[string]any{"token": token, "state": state, "ended": noon})})
		}
		add(schema.KeyRecovery, 1, schema.Joined)
		for n := uint64(2); n < 200; n++ {
			add(schema.KeyRecord, n, schema.RejectedState)
		}
		p, err := partOf(e)
		if err != nil {
			t.Fatal(err)
		}
		var told []string
		for _, c := range p.changes {
			told = append(told, strings.TrimPrefix(c.key, schema.KeyRecovery))
		}
		if got := strings.Join(told, " "); got != "cms-1 cms-195 cms-196 cms-197 cms-198 cms-199" {
			t.Error(got)
		}
	})
}
