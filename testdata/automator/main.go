// Command automator stands in for CMS's level-0 automator: it takes a schedule of what
// to do to the run, starts it when told, goes through its states one after another and
// answers who asks how far it got. Each schedule that takes effect is counted in a file.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"
)

// schedule is what was asked for, and how far it got.
type schedule struct {
	ID      int      `json:"id"`
	Name    string   `json:"name"`
	Red     []string `json:"redRecycle,omitempty"`
	Green   []string `json:"greenRecycle,omitempty"`
	Fault   []string `json:"fault,omitempty"`
	State   string   `json:"state"`
	Phase   string   `json:"phase,omitempty"`
	Percent int      `json:"percent"`
}

// automator carries out one schedule at a time, as the real one does.
type automator struct {
	mu        sync.Mutex
	schedules map[int]*schedule
	last      int
	stop      map[int]chan struct{}
	pace      time.Duration
	device    string
	token     string
	deaf      bool
}

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "address")
	address := flag.String("address-file", "", "where to write the address")
	pace := flag.Duration("pace", 200*time.Millisecond, "how long a phase takes")
	device := flag.String("device", "device", "the file that counts")
	token := flag.String("token", "", "what a caller has to know")
	deaf := flag.Bool("deaf", false, "take an abort, and go on")
	life := flag.Duration("life", 2*time.Minute, "how long it lives at most")
	flag.Parse()
	if err := run(*listen, *address, *life, &automator{schedules: map[int]*schedule{}, stop: map[int]chan struct{}{}, pace: *pace, device: *device, token: *token, deaf: *deaf}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(listen, file string, life time.Duration, a *automator) error {
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return fmt.Errorf("listening: %w", err)
	}
	if file != "" {
		if err := os.WriteFile(file, []byte(listener.Addr().String()), 0o644); err != nil {
			return fmt.Errorf("writing the address: %w", err)
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /schedules", a.guarded(a.create))
	mux.HandleFunc("POST /schedules/{id}/start", a.guarded(a.start))
	mux.HandleFunc("GET /schedules/{id}", a.guarded(a.show))
	mux.HandleFunc("POST /schedules/{id}/abort", a.guarded(a.abort))
	mux.HandleFunc("GET /moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/schedules", http.StatusFound) })
	// What no client should have to hold, and what no terminal should be shown.
	mux.HandleFunc("GET /flood", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(bytes.Repeat([]byte("x"), 10_000_000)) // who asked may have had enough
	})
	mux.HandleFunc("GET /binary", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("before\xff\xfe\x01\x1b[31m\x00after")) // as above
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	time.AfterFunc(life, func() { _ = server.Close() })
	if err := server.Serve(listener); err != http.ErrServerClosed {
		return err
	}
	return nil
}

func (a *automator) guarded(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if a.token != "" && r.Header.Get("Authorization") != "Bearer "+a.token {
			http.Error(w, "who are you? not "+r.Header.Get("Authorization"), http.StatusUnauthorized)
			return
		}
		next(w, r)
	}
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // who asked may have gone
}

var known = map[string]bool{
	"TRACKER": true, "PIXEL": true, "ECAL": true, "ES": true, "HCAL": true, "CSC": true, "DT": true, "RPC": true,
	"GEM": true, "CTPPS": true, "TRG": true, "DAQ": true, "DCS": true, "SCAL": true, "HF": true, "CASTOR": true,
}

// create takes a schedule; one with "start": true begins at once.
func (a *automator) create(w http.ResponseWriter, r *http.Request) {
	var in struct {
		schedule
		Start bool `json:"start"`
	}
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil || in.Name == "" {
		answer(w, http.StatusBadRequest, map[string]string{"message": fmt.Sprintf("no schedule: %v", err)})
		return
	}
	for _, list := range [][]string{in.Red, in.Green, in.Fault} {
		for _, name := range list {
			if !known[name] {
				answer(w, http.StatusBadRequest, map[string]string{"message": "no such subsystem: " + name})
				return
			}
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, s := range a.schedules {
		if s.State == "RUNNING" {
			answer(w, http.StatusConflict, map[string]string{"message": "schedule " + strconv.Itoa(s.ID) + " is running"})
			return
		}
	}
	a.last++
	s := in.schedule
	s.ID, s.State = a.last, "CREATED"
	a.schedules[s.ID] = &s
	if in.Start {
		a.begin(&s)
	}
	answer(w, http.StatusCreated, s)
}

func (a *automator) find(w http.ResponseWriter, r *http.Request) *schedule {
	id, err := strconv.Atoi(r.PathValue("id"))
	if s := a.schedules[id]; err == nil && s != nil {
		return s
	}
	answer(w, http.StatusNotFound, map[string]string{"message": "no such schedule"})
	return nil
}

func (a *automator) start(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if s := a.find(w, r); s != nil {
		if s.State != "CREATED" {
			answer(w, http.StatusConflict, s)
			return
		}
		a.begin(s)
		answer(w, http.StatusOK, s)
	}
}

func (a *automator) show(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if s := a.find(w, r); s != nil {
		answer(w, http.StatusOK, s)
	}
}

func (a *automator) abort(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.find(w, r)
	if s == nil {
		return
	}
	if s.State != "RUNNING" {
		answer(w, http.StatusConflict, s)
		return
	}
	if stop := a.stop[s.ID]; stop != nil && !a.deaf {
		close(stop)
		a.stop[s.ID] = nil
	}
	answer(w, http.StatusAccepted, s)
}

// begin starts a schedule; the lock is held.
func (a *automator) begin(s *schedule) {
	s.State = "RUNNING"
	stop := make(chan struct{})
	a.stop[s.ID] = stop
	phases := []string{"stopping the run"}
	if len(s.Red) > 0 {
		phases = append(phases, fmt.Sprint("red recycle of ", s.Red))
	}
	if len(s.Green) > 0 {
		phases = append(phases, fmt.Sprint("green recycle of ", s.Green))
	}
	phases = append(phases, "starting the run")
	go a.carryOut(s, phases, stop)
}

func (a *automator) carryOut(s *schedule, phases []string, stop chan struct{}) {
	for i, phase := range phases {
		a.mu.Lock()
		s.Phase, s.Percent = phase, 100*i/len(phases)
		a.mu.Unlock()
		fmt.Printf("%d %s: %s\n", s.ID, s.Name, phase)
		select {
		case <-stop:
			a.end(s, "ABORTED")
			return
		case <-time.After(a.pace):
		}
	}
	if s.Name == "broken" {
		a.end(s, "FAILED")
		return
	}
	file, err := os.OpenFile(a.device, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err == nil {
		_, err = fmt.Fprintln(file, s.Name, s.Red, s.Green)
		if closed := file.Close(); err == nil {
			err = closed
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "counting:", err)
		a.end(s, "FAILED")
		return
	}
	a.end(s, "FINISHED")
}

func (a *automator) end(s *schedule, state string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	s.State, s.Phase = state, ""
	if state == "FINISHED" {
		s.Percent = 100
	}
}
