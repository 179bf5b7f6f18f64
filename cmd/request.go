package cmd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"expertcontroller/bridge/predecessor"
	"expertcontroller/client"
	"expertcontroller/schema"
)

type requestCmd struct {
	File     string           `arg:"" optional:"" help:"The request as JSON; - reads it from stdin."`
	Expert   string           `placeholder:"E" help:"Ask as this expert (default: as operator)."`
	Preempt  string           `placeholder:"T" xor:"relation" help:"The recovery T has to give way."`
	Continue string           `placeholder:"T" xor:"relation" help:"The recovery T should go on with its next step."`
	Postpone string           `placeholder:"T" xor:"relation" help:"Wait until the recovery T has ended."`
	ID       string           `name:"id" placeholder:"ID" help:"The request's id: repeating it is safe (default: the file's, else a new one)."`
	Action   string           `placeholder:"A" help:"Ask for one action instead of a file; its success is enough."`
	Param    []string         `placeholder:"K=V" sep:"none" help:"A parameter of the action: k=value, of the type that the action expects, or k:=JSON."`
	Agent    string           `placeholder:"NAME" help:"The agent that should carry the action out (default: the policy's route)."`
	Title    string           `placeholder:"TEXT" help:"What the operator reads first, with --action."`
	Timeout  *schema.Duration `placeholder:"D" help:"How long the action may take, with --action."`
	Format   string           `enum:"recovery,daqexpert" default:"recovery" placeholder:"F" help:"How the file is written: recovery (default), or daqexpert: as CMS's DAQExpert sends it, with its markup."`
	Wait     bool             `help:"Wait until the recovery has ended; the exit code says how."`
}

// Help shows how it is used.
func (*requestCmd) Help() string {
	return `Prints the recovery's token on stdout and the verdict on stderr; exit code 0 accepted, 5 rejected.

` + examples(
		`expertcontroller request fed-stuck.json --expert daqexpert`,
		`expertcontroller request fed-stuck.json --expert daqexpert --preempt cms-35 --wait`,
		`expertcontroller request --format daqexpert condition.json --expert daqexpert`,
		`expertcontroller request --action recycle --param red=HCAL,ECAL --param level=0`,
		`expertcontroller request --action recycle --param 'red:=["HCAL"]' --agent l0`,
		`token=$(expertcontroller request - < fed-stuck.json) && expertcontroller wait "$token"`)
}

// Run sends the request.
func (r *requestCmd) Run(ctx context.Context, c *console, f *connection) error {
	if err := c.relations(f, &r.Preempt, &r.Continue, &r.Postpone); err != nil {
		return err
	}
	req, err := r.request(c)
	if err != nil {
		return err
	}
	cl, err := r.connect(ctx, f)
	if err != nil {
		return err
	}
	defer cl.Close()
	if err := r.fit(ctx, cl, req); err != nil {
		return err
	}
	asking, done := c.patiently(ctx)
	answer, err := cl.Submit(asking, *req)
	done()
	if err != nil {
		return unanswered(err, fmt.Sprintf("repeat the command with --id %s, which does no harm", clean(req.ID)))
	}
	if answer.Token != "" {
		c.remember(f, answer.Token)
		if !c.json {
			c.print("%s\n", clean(answer.Token))
		}
	}
	err = c.verdict(answer)
	if answer.Reason.Code == schema.CodeHeld && r.Expert != "" {
		c.say("  to lift it: %s %s", c.self, lift(r.Expert, req.Problem))
	}
	if err != nil || !r.Wait {
		return err
	}
	return (&waitCmd{Tokens: []string{answer.Token}, All: true, beside: true}).Run(ctx, c, f)
}

// lift gives the command that lifts the hold of an expert's problem.
func lift(expert string, p schema.Problem) string {
	what, which := "--key", p.Key
	if which == "" {
		what, which = "--problem", p.ID
	}
	return fmt.Sprintf("hold --expert %s %s '%s' --for 0s", clean(expert), what, strings.ReplaceAll(clean(which), "'", `'\''`))
}

func (r *requestCmd) connect(ctx context.Context, f *connection) (*client.Client, error) {
	if r.Expert != "" {
		return f.expert(ctx, r.Expert)
	}
	return f.operator(ctx)
}

// request makes the message of the file, or of the flags, and checks it.
func (r *requestCmd) request(c *console) (*schema.Request, error) {
	fields := map[string]json.RawMessage{}
	switch {
	case r.Action != "" && r.Format == daqexpert:
		return nil, usagef("--format %s says how a file is written: leave --action out", daqexpert)
	case r.Action != "" && r.File != "":
		return nil, usagef("say a file or --action, not both")
	case r.Action == "" && (len(r.Param) > 0 || r.Agent != "" || r.Title != "" || r.Timeout != nil):
		return nil, usagef("--param, --agent, --title and --timeout go with --action")
	case r.Action != "":
		if err := r.ofAction(fields); err != nil {
			return nil, err
		}
	case r.File != "":
		payload, err := readFile(c.in, r.File)
		if err != nil {
			return nil, fmt.Errorf("reading the request: %w", err)
		}
		if r.Format == daqexpert {
			if payload, err = r.converted(payload); err != nil {
				return nil, fmt.Errorf("reading the request %s: %w", r.File, err)
			}
		}
		if err := json.Unmarshal(payload, &fields); err != nil {
			return nil, fmt.Errorf("reading the request %s: %s; see `expertcontroller schema show request`", r.File, noObject(payload, err))
		}
	default:
		return nil, usagef("say the request's file, - for stdin, or --action")
	}
	if _, ok := fields["type"]; !ok {
		put(fields, "type", schema.Type(schema.KindRequest))
	}
	// Without any id the client makes one: a repeat is safe.
	if r.ID != "" {
		put(fields, "id", r.ID)
	}
	for kind, to := range map[string]string{schema.Preempt: r.Preempt, schema.Continue: r.Continue, schema.Postpone: r.Postpone} {
		if to != "" {
			put(fields, "relation", schema.Relation{Kind: kind, To: to})
		}
	}
	payload, err := json.Marshal(fields)
	if err != nil {
		return nil, fmt.Errorf("making the request: %w", err)
	}
	req, wrong := schema.Decode(schema.KindRequest, payload)
	if wrong != nil {
		return nil, fmt.Errorf("reading the request: %w", wrong)
	}
	return req.(*schema.Request), nil
}

// daqexpert is the format of the predecessor's clients.
const daqexpert = "daqexpert"

// converted makes the predecessor's message ours. Its flags relate to whatever is under
// way, which somebody at a terminal looks at first: here a relation names its recovery.
func (r *requestCmd) converted(payload []byte) ([]byte, error) {
	req, relation, err := predecessor.Convert(payload)
	if err != nil {
		return nil, err
	}
	if relation != "" && r.Preempt+r.Continue+r.Postpone == "" {
		return nil, usagef("it asks to %s what is under way: say which recovery with --%s TOKEN; `expertcontroller status` shows it", relation, relation)
	}
	return schema.Encode(req)
}

// ofAction makes a request for one action, whose success is enough.
func (r *requestCmd) ofAction(fields map[string]json.RawMessage) error {
	parameters, err := parameters(r.Param)
	if err != nil {
		return err
	}
	step := schema.Step{Title: r.Action, Action: r.Action, Agent: r.Agent, Timeout: r.Timeout}
	if len(parameters) > 0 {
		if step.Parameters, err = json.Marshal(parameters); err != nil {
			return fmt.Errorf("making the request: %w", err)
		}
	}
	title := r.Title
	if title == "" {
		title = "Asked for: " + r.Action
	}
	put(fields, "problem", schema.Problem{ID: client.NewID(), Title: title})
	put(fields, "steps", []schema.Step{step})
	put(fields, "cure", schema.CureResult)
	return nil
}

// parameters reads k=text and k:=JSON.
func parameters(params []string) (map[string]json.RawMessage, error) {
	out := map[string]json.RawMessage{}
	for _, p := range params {
		name, text, ok := strings.Cut(p, "=")
		if !ok || name == "" || name == ":" {
			return nil, usagef("--param %q: write name=text, or name:=JSON", p)
		}
		if plain, isJSON := strings.CutSuffix(name, ":"); isJSON {
			if !json.Valid([]byte(text)) {
				return nil, usagef("--param %q: what follows := has to be JSON; name=text is for text", p)
			}
			out[plain] = json.RawMessage(text)
			continue
		}
		put(out, name, text)
	}
	return out, nil
}

// put sets a field to a value that JSON can always hold.
func put(fields map[string]json.RawMessage, name string, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("encoding %s: %v", name, err)) // texts and our own messages only
	}
	fields[name] = b
}

// noObject says why a text is no JSON object, and where.
func noObject(text []byte, err error) string {
	var wrong *json.SyntaxError
	if len(bytes.TrimSpace(text)) == 0 {
		return "it is empty; it has to be one JSON object"
	}
	if !errors.As(err, &wrong) {
		return "it has to be one JSON object: { ... }"
	}
	before := text[:max(0, min(int(wrong.Offset), len(text)))]
	line := bytes.Count(before, []byte("\n")) + 1
	return fmt.Sprintf("line %d: %s; it has to be one JSON object", line, clean(err.Error()))
}

// readFile reads a file, or stdin for -, up to the largest message and one byte.
func readFile(in io.Reader, name string) ([]byte, error) {
	from := in
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		from = file
	}
	payload, err := io.ReadAll(io.LimitReader(from, schema.MaxInput+1))
	if err != nil {
		return nil, err
	}
	if len(payload) > schema.MaxInput {
		return nil, fmt.Errorf("%s is larger than %d KiB, which is the most that a message may hold; make it shorter", name, schema.MaxInput>>10)
	}
	return payload, nil
}
