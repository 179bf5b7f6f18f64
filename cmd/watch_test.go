package cmd

import (
	"context"
	"strings"
	"testing"
	"time"

	"expertcontroller/schema"
)

func requestFor(problem string) schema.Request {
	return schema.Request{Problem: schema.Problem{ID: problem, Title: "FED stuck"}, Steps: []schema.Step{{Title: "Look at it", ByHand: true}}}
}

// watched is a watch that runs beside a test.
type watched struct {
	out  *lockedBuffer
	errs *lockedBuffer
	done chan int
	stop context.CancelFunc
}

func (p *inProcess) watch(args ...string) *watched {
	ctx, stop := context.WithCancel(context.Background())
	w := &watched{&lockedBuffer{}, &lockedBuffer{}, make(chan int, 1), stop}
	p.t.Cleanup(stop)
	go func() {
		w.done <- Main(ctx, append([]string{"--server", p.url, "watch"}, args...), strings.NewReader(""), w.out, w.errs)
	}()
	return w
}

// sees waits until the watch has shown something.
func (w *watched) sees(t *testing.T, words string) {
	t.Helper()
	for deadline := time.Now().Add(longest); !strings.Contains(w.out.String(), words); {
		if time.Now().After(deadline) {
			t.Fatalf("the watch has not shown %q:\n%s%s", words, w.out, w.errs)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// over waits until the watch has ended.
func (w *watched) over(t *testing.T) {
	t.Helper()
	select {
	case code := <-w.done:
		if code != 0 {
			t.Errorf("the watch ended with code %d:\n%s%s", code, w.out, w.errs)
		}
	case <-time.After(longest):
		t.Fatalf("the watch has not ended:\n%s%s", w.out, w.errs)
	}
}

func TestWatch(t *testing.T) {
	p := serveHere(t, onFreePorts(t)...)
	system := p.watch()
	system.sees(t, "no recovery is under way")

	request := `{"problem":{"id":"101","title":"FED stuck"},"steps":[{"title":"Look at it","by_hand":true}],"cure":"result","observe":"0s"}`
	g := runCommand(t.Context(), request, "--server", p.url, "request", "-", "--expert", "daqexpert")
	g.want(t, 0, "default-1\n")
	system.sees(t, "default-1")
	system.sees(t, "clarify default-1 done    or    ")

	one := p.watch("default-1")
	one.sees(t, "clarify default-1 done")
	asJSON := p.watch("default-1", "--json")
	asJSON.sees(t, `"token":"default-1"`)
	p.ask("clarify", "default-1", "done", "--yes")
	one.over(t)
	asJSON.over(t)
	if out := one.out.String(); !strings.Contains(out, "completed") {
		t.Errorf("the watch of one has to end with how it ended:\n%s", out)
	}
	system.sees(t, "completed")
	system.stop()
	system.over(t)

	t.Run("one that has ended is shown, and that is all", func(t *testing.T) {
		g := p.run("watch", "default-1")
		if g.code != 0 || strings.Count(g.out, "\n") != 1 || !strings.Contains(g.out, "completed") {
			t.Errorf("%d:\n%s%s", g.code, g.out, g.err)
		}
	})
}
