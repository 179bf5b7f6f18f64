package cmd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"expertcontroller/bridge"
)

// noHTTP turns --http off.
const noHTTP = "off"

// listenHTTP takes the address before anything else starts, so that a port in use is
// told at once.
func listenHTTP(address string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, usagef("--http %q: write HOST:PORT, as in 127.0.0.1:8080, or %s", address, noHTTP)
	}
	l, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		another := "127.0.0.1:0"
		if n, err := strconv.Atoi(port); err == nil && n < 65535 {
			another = net.JoinHostPort(host, strconv.Itoa(n+1))
		}
		return nil, fmt.Errorf("listening on %s: another program uses this port; choose another one with --http %s, or --http %s", address, another, noHTTP)
	}
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w; choose another address with --http HOST:PORT", address, err)
	}
	return l, nil
}

// door answers over HTTP whether the program lives and is ready, and its figures; all else
// is the bridge's.
// short says what the program is short of although it is ready; nil: nothing is looked at.
func door(b *bridge.Bridge, ready func() error, short func() string, figures *prometheus.Registry, log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { writeText(w, http.StatusOK, "alive\n") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if err := ready(); err != nil {
			writeText(w, http.StatusServiceUnavailable, cleanLines(err.Error())+"\n")
			return
		}
		text := "ready\n"
		if short != nil {
			if why := short(); why != "" {
				// All but new requests goes on, so that it has to stay within reach.
				text += cleanLines(why) + "\n"
			}
		}
		writeText(w, http.StatusOK, text)
	})
	mux.Handle("GET /metrics", b.Inside(promhttp.HandlerFor(figures, promhttp.HandlerOpts{ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelError)})))
	mux.Handle("/", b)
	return mux
}

func writeText(w http.ResponseWriter, code int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(code)
	_, _ = w.Write([]byte(text)) // whoever asked may have gone
}

// serveHTTP serves the door until the context ends.
func serveHTTP(ctx context.Context, l net.Listener, door http.Handler, log *slog.Logger) error {
	server := &http.Server{
		Handler: door, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serving HTTP on %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	closing, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if err := server.Shutdown(closing); err != nil {
		log.Info("ending HTTP connections that did not end by themselves", "error", err)
		return server.Close()
	}
	return nil
}
