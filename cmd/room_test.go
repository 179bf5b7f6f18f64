package cmd

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// Short is what is less than the size, less than the share, or by default less than both.
func TestReserve(t *testing.T) {
	for text, want := range map[string]uint64{"": 50 << 20, "1GiB": 1 << 30, "500MB": 500e6, "10%": 100 << 20, "0": 0, "1.5KiB": 1536, "7": 7} {
		r, err := parseReserve(text)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if got := r.floor(1000 << 20); got != want {
			t.Errorf("%q of 1000 MiB is %d, not %d", text, got, want)
		}
	}
	if r, _ := parseReserve(""); r.floor(1<<40) != usualReserve {
		t.Error("a share of a large disk is asked for, although less is enough")
	}
	for _, text := range []string{"much", "-1", "5%%", "101%", "NaN%", "NaN", "1XB", "%", "MiB"} {
		if _, err := parseReserve(text); err == nil || !strings.Contains(err.Error(), "256MiB") {
			t.Errorf("%q is taken, or refused without a remedy: %v", text, err)
		}
	}
}

// What was known stays while nobody can tell; room that comes back is noticed.
func TestRoom(t *testing.T) {
	free, known := uint64(10), true
	var trouble error
	r := newRoom(reserve{bytes: 100}, slog.New(slog.NewTextHandler(io.Discard, nil)), somewhere{
		name: "the disk", remedy: "free some", free: func(context.Context) (uint64, uint64, bool, error) { return free, 1000, known, trouble },
	})
	look := func(short bool) {
		t.Helper()
		r.look(t.Context())
		if why := r.short(); (why != "") != short || short && !strings.Contains(why, "10 B of 1000 B") {
			t.Fatalf("short %t, it says %q", short, why)
		}
	}
	look(true)
	trouble = errors.New("no answer")
	look(true)
	free, trouble = 100, nil
	look(false)
	free, known = 0, false
	look(false)
}

// Each place is known by itself: that one can't be asked keeps nothing of another one. It
// is said once each time that it begins.
func TestRoomOfTwoPlaces(t *testing.T) {
	free, trouble := uint64(10), error(nil)
	var said strings.Builder
	r := newRoom(reserve{bytes: 100}, slog.New(slog.NewTextHandler(&said, nil)),
		somewhere{name: "the disk", remedy: "free some", free: func(context.Context) (uint64, uint64, bool, error) { return free, 1000, true, nil }},
		somewhere{name: "the broker's limit", remedy: "raise it", free: func(context.Context) (uint64, uint64, bool, error) { return 1000, 1000, true, trouble }},
	)
	look := func(want string) {
		t.Helper()
		r.look(t.Context())
		if why := r.short(); !strings.HasPrefix(why, want) || want == "" && why != "" {
			t.Fatalf("it says %q", why)
		}
	}
	look("the disk")
	free, trouble = 1000, errors.New("no answer")
	look("")
	look("")
	trouble = nil
	look("")
	trouble = errors.New("no answer")
	look("")
	if n := strings.Count(said.String(), "can't be told"); n != 2 {
		t.Errorf("said %d times:\n%s", n, said.String())
	}
}

// Who is short of room is ready, since all but new requests goes on, and says so.
func TestReadinessTellsOfRoom(t *testing.T) {
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	r := &replica{log: log, open: make(chan struct{}), room: newRoom(reserve{bytes: 100}, log, somewhere{
		name: "the disk", remedy: "free some", free: func(context.Context) (uint64, uint64, bool, error) { return 10, 1000, true, nil },
	})}
	close(r.open)
	r.room.look(t.Context())
	answer := httptest.NewRecorder()
	door(nil, r.ready, r.room.short, prometheus.NewRegistry(), log).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/readyz", nil))
	if body := answer.Body.String(); answer.Code != http.StatusOK || !strings.HasPrefix(body, "ready\n") || !strings.Contains(body, "free some") {
		t.Fatalf("%d %q", answer.Code, body)
	}
}
