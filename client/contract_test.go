package client

import (
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"go.uber.org/goleak"

	"expertcontroller/schema"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// broker starts a real server on a directory and port; port -1 is any.
func broker(t testing.TB, dir string, port int, with ...func(*server.Options)) *server.Server {
	t.Helper()
	o := &server.Options{Host: "127.0.0.1", Port: port, JetStream: true, StoreDir: dir, NoSigs: true, NoLog: true}
	for _, f := range with {
		f(o)
	}
	s, err := server.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(patience) {
		t.Fatal("the broker is not ready")
	}
	t.Cleanup(func() { stop(s) })
	return s
}

func stop(s *server.Server) {
	s.Shutdown()
	s.WaitForShutdown()
}

// portOf is the port to start a broker on again.
func portOf(t testing.TB, s *server.Server) int {
	t.Helper()
	u, err := url.Parse(s.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// patience is how long a test waits for what should come at once. It costs nothing when all
// is well, and a busy machine takes its time.
const patience = 30 * time.Second

// hurried is a pace for tests.
var hurried = pace{first: 5 * time.Millisecond, most: 50 * time.Millisecond, quiet: 20 * time.Millisecond, heard: 100 * time.Millisecond}

// connect connects a client that asks as an expert of system cms.
func connect(t testing.TB, url string, with ...func(*Options)) *Client {
	t.Helper()
	o := Options{Servers: url, System: "cms", Role: schema.RoleExpert, As: "daqexpert", Timeout: patience}
	for _, f := range with {
		f(&o)
	}
	c, err := Connect(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	c.pace = hurried
	return c
}

// isolate keeps the tester's own contexts and variables away.
func isolate(t *testing.T) {
	t.Helper()
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	for _, name := range []string{"NATS_URL", "NATS_CONTEXT", "NATS_CREDS", "NATS_NKEY", "NATS_CERT", "NATS_KEY", "NATS_CA", "NATS_USER", "NATS_PASSWORD", "NATS_TOKEN", "NATS_INBOX_PREFIX", "EXPERTCONTROLLER_SYSTEM"} {
		t.Setenv(name, "")
	}
}

// stuck is a request of the real table.
func stuck() schema.Request {
	return schema.Request{
		Problem: schema.Problem{ID: "101", Key: "FED stuck/HCAL", Title: "FED stuck"},
		Steps:   []schema.Step{{Title: "Stop and start the run with red & green recycle of HCAL", Action: "recycle"}},
	}
}

// soon bounds a wait for a fact.
func soon(t testing.TB, what string, fact func() bool) {
	t.Helper()
	end := time.Now().Add(patience)
	for !fact() {
		if time.Now().After(end) {
			t.Fatal("never: " + what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
