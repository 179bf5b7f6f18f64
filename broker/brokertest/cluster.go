package brokertest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

const childEnv = "BROKERTEST_SERVER"

// settings are what a server of a cluster is told.
type settings struct {
	Name        string
	Dir         string
	Port        int
	ClusterPort int
	Routes      []string
}

// addresses are what it says when it is up.
type addresses struct {
	URL   string
	Error string
}

// Main runs a package's tests; a package that starts a cluster or a process calls it
// from its TestMain. In a process that is to be a server it is that server.
func Main(m *testing.M) {
	if text := os.Getenv(childEnv); text != "" {
		os.Exit(serve(text))
	}
	os.Exit(m.Run())
}

// serve is a server's whole life. It ends when its standard input does: with its parent.
func serve(text string) int {
	var s settings
	tell := func(a addresses) { _ = json.NewEncoder(os.Stdout).Encode(a) }
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		tell(addresses{Error: err.Error()})
		return 1
	}
	o := &server.Options{
		ServerName: s.Name, Host: "127.0.0.1", Port: s.Port, NoSigs: true, NoLog: true,
		JetStream: true, StoreDir: s.Dir, SyncAlways: true,
	}
	if s.ClusterPort != 0 {
		o.Cluster = server.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: s.ClusterPort}
		o.Routes = server.RoutesFromStr(strings.Join(s.Routes, ","))
	}
	n, err := server.NewServer(o)
	if err != nil {
		tell(addresses{Error: err.Error()})
		return 1
	}
	n.Start()
	if !n.ReadyForConnections(20 * time.Second) {
		tell(addresses{Error: "not ready within 20 s"})
		return 1
	}
	tell(addresses{URL: n.ClientURL()})
	_, _ = io.Copy(io.Discard, os.Stdin)
	n.Shutdown()
	n.WaitForShutdown()
	return 0
}

// Process is a server in a process of its own. The methods are for one goroutine.
type Process struct {
	tb       testing.TB
	settings settings
	cmd      *exec.Cmd
	stdin    io.Closer
	up       addresses
	end      sync.Once
}

// StartProcess starts a single server that can be killed.
func StartProcess(tb testing.TB) *Process {
	tb.Helper()
	p := &Process{tb: tb, settings: settings{Name: "alone", Dir: tb.TempDir(), Port: server.RANDOM_PORT}}
	p.Start()
	return p
}

// Start starts the server, again at the same address and on the same directory if it
// ran before.
func (p *Process) Start() {
	p.tb.Helper()
	text, err := json.Marshal(p.settings)
	if err != nil {
		p.tb.Fatal(err)
	}
	p.cmd = exec.Command(os.Args[0])
	p.cmd.Env = append(os.Environ(), childEnv+"="+string(text))
	p.cmd.Stderr = os.Stderr
	in, err := p.cmd.StdinPipe()
	if err != nil {
		p.tb.Fatal(err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		p.tb.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		p.tb.Fatalf("starting a server: %v", err)
	}
	p.stdin, p.end = in, sync.Once{}
	p.tb.Cleanup(p.Kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err == nil {
		err = json.Unmarshal([]byte(line), &p.up)
	}
	if err == nil && p.up.Error != "" {
		err = fmt.Errorf("%s", p.up.Error)
	}
	if err != nil {
		p.tb.Fatalf("starting a server (does the package's TestMain call brokertest.Main?): %v: %s", err, line)
	}
	p.settings.Port = port(p.up.URL)
}

// Kill ends the server at once, as kill -9 does.
func (p *Process) Kill() {
	p.end.Do(func() {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
		_ = p.stdin.Close()
	})
}

// URL is where to connect.
func (p *Process) URL() string { return p.up.URL }

// Name is the server's in the cluster.
func (p *Process) Name() string { return p.settings.Name }

func port(address string) int {
	u, err := url.Parse(address)
	if err != nil {
		return 0
	}
	var n int
	_, _ = fmt.Sscanf(u.Port(), "%d", &n)
	return n
}

// Cluster is some servers that hold streams together.
type Cluster struct{ Servers []*Process }

// StartCluster starts n servers, each a process. It doesn't wait until they have
// elected a leader: that is what Open does.
func StartCluster(tb testing.TB, n int) *Cluster {
	tb.Helper()
	c := &Cluster{}
	// A server of a cluster has to know where the others will be before it starts.
	ports := free(tb, n)
	var routes []string
	for _, p := range ports {
		routes = append(routes, fmt.Sprintf("nats://127.0.0.1:%d", p))
	}
	for i, port := range ports {
		p := &Process{tb: tb, settings: settings{
			Name: fmt.Sprintf("s%d", i+1), Dir: tb.TempDir(), Port: server.RANDOM_PORT, ClusterPort: port, Routes: routes,
		}}
		p.Start()
		c.Servers = append(c.Servers, p)
	}
	return c
}

// StartAlone starts one server of a cluster whose other two are not there: no leader
// can be elected.
func StartAlone(tb testing.TB) *Process {
	tb.Helper()
	ports := free(tb, 3)
	var routes []string
	for _, p := range ports {
		routes = append(routes, fmt.Sprintf("nats://127.0.0.1:%d", p))
	}
	p := &Process{tb: tb, settings: settings{
		Name: "s1", Dir: tb.TempDir(), Port: server.RANDOM_PORT, ClusterPort: ports[0], Routes: routes,
	}}
	p.Start()
	return p
}

// URLs gives all addresses, with commas between.
func (c *Cluster) URLs() string {
	var out []string
	for _, s := range c.Servers {
		out = append(out, s.URL())
	}
	return strings.Join(out, ",")
}

// Server gives the one with the name, nil if there is none.
func (c *Cluster) Server(name string) *Process {
	for _, s := range c.Servers {
		if s.Name() == name {
			return s
		}
	}
	return nil
}

// free finds ports that nobody uses now.
func free(tb testing.TB, n int) (ports []int) {
	tb.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			tb.Fatal(err)
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}
