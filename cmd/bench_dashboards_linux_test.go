package cmd_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// dashboards is how many websockets the benchmark opens where the machine lets it.
const dashboards = 10_000

// BenchmarkDashboards is what a change costs on its way to ten thousand dashboards, one
// in a hundred of which takes nothing: changes at 10 a second, a controller with broker,
// database and bridge in one process, the dashboards in another one on the same cores.
func BenchmarkDashboards(b *testing.B) {
	bin := b.TempDir()
	build := exec.CommandContext(b.Context(), "go", "build", "-buildvcs=false", "-o", filepath.Join(bin, program), "./cmd/"+program)
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("building the program: %v\n%s", err, out)
	}
	clients := dashboards
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		b.Fatal(err)
	}
	if most := int(min(limit.Max, 1<<30)) - 500; clients > most {
		b.Logf("only %d clients: file handles end there (ulimit -n)", most)
		clients = most
	}
	for b.Loop() {
		server, url, page := startProgram(b, filepath.Join(bin, program))
		ctx, cancel := context.WithTimeout(b.Context(), 2*time.Minute)
		var wrong bytes.Buffer
		load := exec.CommandContext(ctx, filepath.Join(bin, program), "crowd", page, "--server", url, "--system", "bench", "--as", "bench", "--clients", strconv.Itoa(clients), "--json")
		load.Stderr = &wrong
		out, err := load.Output()
		cancel()
		if err != nil {
			b.Fatalf("the crowd: %v\n%s", err, wrong.String())
		}
		var got struct {
			Clients, Stalled, Changes, Frames, Lost int
			Connect, P50, P99, Max                  string
		}
		if err := json.Unmarshal(out, &got); err != nil {
			b.Fatal(err, string(out))
		}
		b.Logf("%s", out)
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(float64(got.Clients), "clients")
		b.ReportMetric(inMilliseconds(b, got.P50), "append-to-frame-p50-ms")
		b.ReportMetric(inMilliseconds(b, got.P99), "append-to-frame-p99-ms")
		b.ReportMetric(float64(got.Frames)/float64((got.Clients-got.Stalled)*got.Changes), "frames/client-change")
		b.ReportMetric(float64(got.Lost), "lost")
		b.ReportMetric(peakMemory(b, server.Process.Pid), "server-MB")
		if err := server.Process.Signal(syscall.SIGTERM); err != nil {
			b.Fatal(err)
		}
		if err := server.Wait(); err != nil {
			b.Fatal(err)
		}
	}
}

// startProgram starts a controller and gives where its broker and its page are.
func startProgram(b *testing.B, path string) (server *exec.Cmd, url, page string) {
	b.Helper()
	said := filepath.Join(b.TempDir(), "said")
	file, err := os.Create(said)
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	server = exec.CommandContext(b.Context(), path, "serve", "--system", "bench", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data", b.TempDir(), "--log-level", "error")
	server.Stderr = file
	if err := server.Start(); err != nil {
		b.Fatal(err)
	}
	ready := regexp.MustCompile(`ready: .* broker (\S+); http (\S+);`)
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		text, err := os.ReadFile(said)
		if err != nil {
			b.Fatal(err)
		}
		if found := ready.FindSubmatch(text); found != nil {
			return server, string(found[1]), string(found[2])
		}
	}
	b.Fatal("the controller is not ready")
	return nil, "", ""
}

func inMilliseconds(b *testing.B, text string) float64 {
	b.Helper()
	d, err := time.ParseDuration(text)
	if err != nil {
		b.Fatal(err)
	}
	return float64(d.Microseconds()) / 1000
}

// peakMemory is the most that a process had in memory, in MB.
func peakMemory(b *testing.B, pid int) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		b.Fatal("the system does not tell")
	}
	kB, err := strconv.ParseFloat(fields[0], 64)
	if err != nil {
		b.Fatal(err)
	}
	return kB / 1024
}
