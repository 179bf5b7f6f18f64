package expertcontroller_test

// visitor is a dependency that belongs into certain rooms only.
type visitor struct {
	// Path is an import path; everything below it is meant, too.
	Path string
	// Rooms may import it; none: only tests may.
	Rooms []string
	// EverywhereInTests lets test files of every room import it.
	EverywhereInTests bool
	Because           string
}

// visitors says which room a dependency belongs to.
var visitors = []visitor{
	{Path: "github.com/nats-io/nats-server/v2", Rooms: []string{"broker"}, EverywhereInTests: true,
		Because: "the server is embedded in one place; everybody else talks to it over a connection, so that an external one works the same"},
	{Path: "github.com/nats-io/nats.go", Rooms: []string{"broker", "client", "cmd"}, EverywhereInTests: true,
		Because: "connections are made by broker and client; others use what these give, and can be tested without"},
	{Path: "github.com/jmoiron/sqlx", Rooms: []string{"store"}, EverywhereInTests: true,
		Because: "SQL lives in the store: the database is a projection that can be deleted"},
	{Path: "github.com/mattn/go-sqlite3", Rooms: []string{"store"}, EverywhereInTests: true,
		Because: "only the store knows which database it is; an agent or a client is built without cgo"},
	{Path: "database/sql", Rooms: []string{"store"}, EverywhereInTests: true,
		Because: "SQL lives in the store: the database is a projection that can be deleted"},
	{Path: "github.com/oklog/run", Rooms: []string{"cmd"},
		Because: "who starts and stops with whom is wiring, and wiring is cmd's"},
	{Path: "github.com/alecthomas/kong", Rooms: []string{"cmd"},
		Because: "flags are cmd's; the rooms take plain configuration values"},
	{Path: "github.com/jedib0t/go-pretty/v6", Rooms: []string{"cmd"},
		Because: "what a terminal shows is cmd's; the rooms give values"},
	{Path: "github.com/schollz/progressbar/v3", Rooms: []string{"cmd"},
		Because: "what a terminal shows is cmd's; the rooms report progress through a function"},
	{Path: "github.com/lmittmann/tint", Rooms: []string{"cmd"},
		Because: "how a log line looks is cmd's; the rooms get a *slog.Logger"},
	{Path: "github.com/synadia-io/orbit.go", Rooms: []string{"cmd", "client", "broker"}, EverywhereInTests: true,
		Because: "context files say how to reach a broker: whoever connects reads them, nobody else"},
	{Path: "github.com/coder/websocket", Rooms: []string{"bridge"}, EverywhereInTests: true,
		Because: "websockets are the bridge's"},
	{Path: "github.com/prometheus/client_golang", Rooms: []string{"bridge", "cmd"},
		Because: "the rooms count, and give their counters as values; who serves HTTP tells them"},
	{Path: "github.com/santhosh-tekuri/jsonschema/v6", Rooms: []string{"schema"}, EverywhereInTests: true,
		Because: "what is held to a schema is held by package schema, so that everybody refuses the same in the same words"},
	{Path: "go.yaml.in/yaml/v3", Rooms: []string{"agent", "bridge", "cmd"},
		Because: "YAML is for files that people write; on the wire, in the log and in the database is JSON"},
	{Path: "github.com/gofrs/flock", Rooms: []string{"agent", "broker", "cmd"},
		Because: "whoever owns files on disk keeps a second process out; the others own none"},
	{Path: "golang.org/x/sys", Rooms: []string{"agent"}, EverywhereInTests: true,
		Because: "only who ends other programs needs what the standard library does not tell of processes"},
	{Path: "golang.org/x/term", Rooms: []string{"cmd"},
		Because: "what a terminal shows is cmd's"},
	{Path: "os/exec", Rooms: []string{"agent", "cmd"}, EverywhereInTests: true,
		Because: "programs are started by an agent's runner, where a file of actions says so"},
	{Path: "net/http", Rooms: []string{"agent", "bridge", "cmd"}, EverywhereInTests: true,
		Because: "HTTP is the bridge's and the actions': all else speaks through the broker"},
	{Path: "github.com/nats-io/jwt/v2", EverywhereInTests: true,
		Because: "it makes credentials for tests"},
	{Path: "github.com/nats-io/nkeys", EverywhereInTests: true,
		Because: "it makes credentials for tests"},
	{Path: "github.com/nats-io/nuid", EverywhereInTests: true,
		Because: "it names what tests make"},
	{Path: "pgregory.net/rapid", EverywhereInTests: true,
		Because: "it makes random inputs for tests"},
	{Path: "go.uber.org/goleak", EverywhereInTests: true,
		Because: "it looks for leaked goroutines in tests"},
	{Path: "github.com/rogpeppe/go-internal", EverywhereInTests: true,
		Because: "it runs the scripts of the end-to-end tests"},
	{Path: "testing", EverywhereInTests: true,
		Because: "testing adds its flags to every program that imports it"},
	{Path: "unsafe", Because: "nothing here is worth giving up memory safety for"},
	{Path: "log", EverywhereInTests: true, Because: "logs are structured: use log/slog, given by cmd"},
	{Path: "math/rand", Because: "use crypto/rand for ids, and math/rand/v2 with a seed where a run must be repeatable"},
}
