// Command greeter is the service of the example: it greets over HTTP, and can be broken
// in two ways, one that draining cures and one that only a restart does. With -keep it
// is started again whenever it ends, as an init system would do.
//
//	greeter -keep -dir DIR     writes DIR/pid and DIR/address
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Ways in which it can be broken.
const (
	overloaded = "overloaded"
	stuck      = "stuck"
)

// greeter is the service's state.
type greeter struct {
	mu sync.Mutex
	// broken is how; empty while all is well.
	broken   string
	draining bool
	drains   int
}

func main() {
	dir := flag.String("dir", ".", "where pid and address are written")
	keep := flag.Bool("keep", false, "start it, and again whenever it ends")
	flag.Parse()
	work := serve
	if *keep {
		work = keeping
	}
	if err := work(*dir); err != nil {
		fmt.Fprintln(os.Stderr, "greeter:", err)
		os.Exit(1)
	}
}

// keeping starts the service again and again. It holds its stdin open: the service ends
// when that closes, so that none is left behind.
func keeping(dir string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	for {
		child := exec.Command(self, "-dir", dir)
		child.Stdout, child.Stderr = os.Stdout, os.Stderr
		alive, err := child.StdinPipe()
		if err != nil {
			return err
		}
		if err := child.Start(); err != nil {
			return err
		}
		fmt.Println("started as", child.Process.Pid)
		fmt.Println("ended:", child.Wait())
		if err := alive.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
			return err
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// serve serves on the address of its predecessor, if there was one.
func serve(dir string) error {
	at, err := os.ReadFile(filepath.Join(dir, "address"))
	if errors.Is(err, fs.ErrNotExist) {
		at, err = []byte("127.0.0.1:0"), nil
	}
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", strings.TrimSpace(string(at)))
	if err != nil {
		return err
	}
	g := &greeter{}
	http.HandleFunc("GET /{$}", g.greet)
	http.HandleFunc("GET /healthz", g.health)
	http.HandleFunc("GET /state", g.state)
	http.HandleFunc("POST /drain", g.drain)
	http.HandleFunc("POST /break", g.breakIt)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // ends when whoever keeps it is gone
		os.Exit(0)
	}()
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGTERM)
	go func() {
		for range asked {
			if g.how() != stuck { // a stuck one hears nothing
				os.Exit(0)
			}
		}
	}()
	for name, text := range map[string]string{"address": l.Addr().String(), "pid": fmt.Sprint(os.Getpid())} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file+".new", []byte(text+"\n"), 0o644); err != nil {
			return err
		}
		if err := os.Rename(file+".new", file); err != nil {
			return err
		}
	}
	return (&http.Server{ReadHeaderTimeout: 5 * time.Second}).Serve(l)
}

func (g *greeter) how() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.broken
}

func (g *greeter) greet(w http.ResponseWriter, r *http.Request) {
	if how := g.how(); how != "" {
		http.Error(w, how, http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "good day")
}

func (g *greeter) health(w http.ResponseWriter, r *http.Request) {
	if how := g.how(); how != "" {
		http.Error(w, how, http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ok")
}

// drain ends what is open, which takes a moment, and helps against too much of it.
func (g *greeter) drain(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	g.draining, g.drains = true, g.drains+1
	g.mu.Unlock()
	time.AfterFunc(300*time.Millisecond, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.draining = false
		if g.broken == overloaded {
			g.broken = ""
		}
	})
	w.WriteHeader(http.StatusAccepted)
}

func (g *greeter) state(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	state := "drained"
	if g.draining {
		state = "draining"
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"state": state, "drains": g.drains}) // whoever asked may have gone
}

func (g *greeter) breakIt(w http.ResponseWriter, r *http.Request) {
	how := r.URL.Query().Get("how")
	if how != overloaded && how != stuck {
		http.Error(w, "how: overloaded or stuck", http.StatusBadRequest)
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.broken = how
}
