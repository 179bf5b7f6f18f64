package schema

import "encoding/json"

// ActionsFile says what an agent offers and how it carries each action out. People
// write it as YAML; docs/actions.md explains it. It never leaves the agent's host.
type ActionsFile struct {
	// Type may be left out of a file.
	Type string `json:"type" check:"required"`
	// Secrets are values that actions use and nobody is told.
	Secrets []SecretSource `json:"secrets,omitempty" check:"maxitems=100"`
	// Actions are what the agent offers.
	Actions []Recipe `json:"actions" check:"required,minitems=1,maxitems=100"`
}

// SecretSource says where a secret stands: in a file, or in the agent's environment.
type SecretSource struct {
	// Name is what templates and parameters call it.
	Name string `json:"name" check:"required,name"`
	// File is an absolute path; a line break at the file's end is no part of the secret. It is read at each use.
	File string `json:"file,omitzero" check:"max=4096"`
	// Env is a variable of the agent's own environment; actions don't inherit it.
	Env string `json:"env,omitzero" check:"max=128"`
}

// Recipe is an action and how it is carried out: by a program, a web service, or
// a service on the broker.
type Recipe struct {
	// Name is what a step's action says.
	Name string `json:"name" check:"required,name"`
	// Description is what the action does, in a sentence for operators.
	Description string `json:"description" check:"required,min=1,max=500"`
	// Parameters is the JSON Schema of the action's parameters; left out: it takes none. A member with secret: true takes the name of a secret, never a value.
	Parameters json.RawMessage `json:"parameters,omitempty" check:"object"`
	// Timeout is how long it may take at most; the step's own timeout holds where that is shorter.
	Timeout *Duration `json:"timeout,omitempty"`
	// Usual is how long it usually takes.
	Usual *Duration `json:"usual,omitempty"`
	// Harmless says that repeating it does no harm.
	Harmless bool `json:"harmless,omitzero"`
	// Abort says whether it may be stopped, and how.
	Abort *AbortRecipe `json:"abort,omitempty"`
	// CutOff says what to do when no controller can be reached; left out: go on.
	CutOff *CutOffRecipe `json:"cut_off,omitempty"`
	// Exec carries it out by a program.
	Exec *ExecRecipe `json:"exec,omitempty"`
	// HTTP carries it out by a web service.
	HTTP *HTTPRecipe `json:"http,omitempty"`
	// NATS carries it out by a service on the agent's broker.
	NATS *NATSRecipe `json:"nats,omitempty"`
}

// AbortRecipe says whether an action may be stopped, and how.
type AbortRecipe struct {
	// Do is one of: `stop`, so that an interrupt and a timeout end it; or `never`, so that it goes on to its own end whatever happens.
	Do string `json:"do,omitzero" check:"enum=stop|never,default=stop"`
	// Signal asks a program to end.
	Signal string `json:"signal,omitzero" check:"enum=TERM|INT|HUP|QUIT|USR1|USR2,default=TERM"`
	// Grace is how long it has to end when asked: then a program is killed, and of a service nobody knows.
	Grace *Duration `json:"grace,omitempty" check:"default=10s"`
}

// CutOffRecipe says what to do when no controller can be reached.
type CutOffRecipe struct {
	// Do is one of: `go_on`, or `stop`.
	Do string `json:"do,omitzero" check:"enum=go_on|stop,default=go_on"`
	// After is how long it goes on before it is stopped.
	After *Duration `json:"after,omitempty"`
}

// ExecRecipe starts a program: never through a shell, in a process group of its own,
// with nothing inherited but what stands here.
type ExecRecipe struct {
	// Command is the program's absolute path and its arguments; each item stays one argument, whatever a parameter holds.
	Command []string `json:"command" check:"required,minitems=1,maxitems=256,itemmax=8192"`
	// Directory is where it runs, an absolute path.
	Directory string `json:"directory,omitzero" check:"max=4096,default=/"`
	// User is who it runs as; left out: who the agent runs as.
	User string `json:"user,omitzero" check:"max=64"`
	// Environment is its variables, besides PATH, HOME, USER and LANG.
	Environment map[string]string `json:"environment,omitempty" check:"maxitems=200,itemmax=8192"`
	// Inherit names variables that it gets from the agent's own environment.
	Inherit []string `json:"inherit,omitempty" check:"maxitems=100,itemmax=128"`
	// Stdin is one of: `none`; or `parameters`, one JSON object with all of them.
	Stdin string `json:"stdin,omitzero" check:"enum=none|parameters,default=none"`
	// Data says that the JSON object that it writes to its descriptor 3 is kept.
	Data bool `json:"data,omitzero"`
	// Done are the exit statuses that mean success; left out: 0.
	Done []int `json:"done,omitempty" check:"maxitems=32"`
	// SecretArguments lets secrets stand in arguments, where everybody on the host can read them.
	SecretArguments bool `json:"secret_arguments,omitzero"`
}

// WebRequest is one call of a web service.
type WebRequest struct {
	// Method is the call's; left out: POST.
	Method string `json:"method,omitzero" check:"enum=GET|HEAD|POST|PUT|PATCH|DELETE"`
	// URL is where it goes; scheme and host stand there as they are, what stands for a parameter behind them is encoded.
	URL string `json:"url" check:"required,min=1,max=4096"`
	// Headers are the call's.
	Headers map[string]string `json:"headers,omitempty" check:"maxitems=50,itemmax=8192"`
	// JSON is the body, an object; a text that is one template alone becomes the parameter's own value.
	JSON json.RawMessage `json:"json,omitempty" check:"object"`
	// Form is the body, as a web form sends it.
	Form map[string]string `json:"form,omitempty" check:"maxitems=100,itemmax=8192"`
	// Expect are the statuses that mean success; left out: 200 to 299.
	Expect []int `json:"expect,omitempty" check:"maxitems=32"`
	// Failed are statuses that mean that nothing is going on; left out: 307, 308, 400 to 499, 501 and 503. Any other leaves the outcome unknown.
	Failed []int `json:"failed,omitempty" check:"maxitems=32"`
	// Timeout is how long the answer may take; left out: as long as the action, of an abort 10s.
	Timeout *Duration `json:"timeout,omitempty"`
}

// HTTPRecipe calls a web service and follows what it started.
type HTTPRecipe struct {
	WebRequest
	// Take gives names to values of the answer, each by a JSON pointer; later calls use them as {{answer.NAME}}.
	Take map[string]string `json:"take,omitempty" check:"maxitems=32,itemmax=256"`
	// Poll asks for the state of what was started, until it has ended.
	Poll *PollRecipe `json:"poll,omitempty"`
	// Abort asks the service to stop.
	Abort *WebRequest `json:"abort,omitempty"`
	// CA is a file of certificates to trust, in place of the system's.
	CA string `json:"ca,omitzero" check:"max=4096"`
}

// PollRecipe asks a web service again and again how far it got.
type PollRecipe struct {
	// URL is what is asked, by GET.
	URL string `json:"url" check:"required,min=1,max=4096"`
	// Headers are the call's.
	Headers map[string]string `json:"headers,omitempty" check:"maxitems=50,itemmax=8192"`
	// Timeout is how long an answer may take.
	Timeout *Duration `json:"timeout,omitempty" check:"default=10s"`
	// Every is how often.
	Every *Duration `json:"every,omitempty" check:"default=1s"`
	// GiveUp is how long it may answer nothing of use, until the outcome is unknown.
	GiveUp *Duration `json:"give_up,omitempty" check:"default=30s"`
	// State is the JSON pointer to the state.
	State string `json:"state" check:"required,max=256"`
	// Done are the states that mean success.
	Done []string `json:"done" check:"required,minitems=1,maxitems=32,itemmax=200"`
	// Failed are the states that mean that it ended without success.
	Failed []string `json:"failed,omitempty" check:"maxitems=32,itemmax=200"`
	// Aborted are the states that mean that it was stopped.
	Aborted []string `json:"aborted,omitempty" check:"maxitems=32,itemmax=200"`
	// Text is the JSON pointer to what is going on, in a line.
	Text string `json:"text,omitzero" check:"max=256"`
	// Percent is the JSON pointer to how far it got, 0 to 100.
	Percent string `json:"percent,omitzero" check:"max=256"`
}

// BrokerMessage is one request on the agent's broker.
type BrokerMessage struct {
	// Subject is where it goes; what stands for a parameter is one part of it, and not the first.
	Subject string `json:"subject" check:"required,min=1,max=1024"`
	// Headers are the message's.
	Headers map[string]string `json:"headers,omitempty" check:"maxitems=50,itemmax=8192"`
	// JSON is the payload, an object; left out: the parameters.
	JSON json.RawMessage `json:"json,omitempty" check:"object"`
}

// NATSRecipe asks a service on the agent's broker; its reply says how it went.
type NATSRecipe struct {
	BrokerMessage
	// State is the JSON pointer to what the reply says of the outcome; left out: any reply that is no error means success.
	State string `json:"state,omitzero" check:"max=256"`
	// Done are the values that mean success.
	Done []string `json:"done,omitempty" check:"maxitems=32,itemmax=200"`
	// Aborted are the values that mean that it was stopped.
	Aborted []string `json:"aborted,omitempty" check:"maxitems=32,itemmax=200"`
	// Abort asks the service to stop.
	Abort *BrokerMessage `json:"abort,omitempty"`
}

// What an action does when it is told to stop, or is cut off.
const (
	AbortStop   = "stop"
	AbortNever  = "never"
	CutOffGoOn  = "go_on"
	CutOffStop  = "stop"
	StdinObject = "parameters"
)
