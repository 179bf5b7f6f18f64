package cmd

import (
	"bytes"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
)

// unheard gives an address in front of a broker at which the first question for a message
// of a stream gets lost, as in a cluster that elects a leader.
func unheard(t *testing.T, url string) (in string, lost *atomic.Bool) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	lost = &atomic.Bool{}
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", strings.TrimPrefix(url, "nats://"))
			if err != nil {
				client.Close()
				continue
			}
			go func() {
				defer client.Close()
				_, _ = io.Copy(client, server)
			}()
			go func() {
				defer server.Close()
				buf := make([]byte, 64<<10)
				for {
					n, err := client.Read(buf)
					if err != nil {
						return
					}
					if bytes.Contains(buf[:n], []byte("STREAM.MSG.GET")) && lost.CompareAndSwap(false, true) {
						continue
					}
					if _, err := server.Write(buf[:n]); err != nil {
						return
					}
				}
			}()
		}
	}()
	return "nats://" + l.Addr().String(), lost
}

// A start lives through a question to the broker that nobody answers.
func TestAStartAsksAgain(t *testing.T) {
	url, lost := unheard(t, newBroker(t))
	p := serveHere(t, "serve", "--server", url, "--http", "off", "--data", t.TempDir())
	if !lost.Load() {
		t.Error("every question was answered: nothing was tried")
	}
	p.end(0)
}
