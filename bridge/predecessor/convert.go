package predecessor

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"expertcontroller/schema"
)

// The actions that a step becomes: what an agent for CMS offers.
const (
	ActionTTCHardReset     = "ttc_hard_reset"
	ActionRecycle          = "recycle"
	ActionStopStart        = "stop_start"
	ActionStopStartRecycle = "stop_start_recycle"
)

// Keys of a problem's context that this door writes.
const (
	// contextIndexes holds the steps' indexes where they don't simply count.
	contextIndexes = "step_indexes"
	// contextProbe marks a request that somebody sent to try things.
	contextProbe = "probe"
)

// Convert reads a request as the predecessor's clients send it, with the markup that
// its texts may hold, and gives the request that it is here; relation is what its flags
// ask for (preempt, continue, postpone; empty: nothing), which a request can say only
// with the token of the recovery that is under way.
//
// A step may also be just a text. With markup it is the action that the markup says;
// "Problem fixed: …" and "Problem not fixed: …" become aftercare; anything else is for
// people to do by hand.
//
// Errors say what to correct.
func Convert(body []byte) (req schema.Request, relation string, err error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return req, "", errors.New("there is no request: send it as JSON in the body")
	}
	var a asked
	if err := json.Unmarshal(body, &a); err != nil {
		return req, "", fmt.Errorf("reading the request: %s: send one JSON object", schema.Clean(err.Error()))
	}
	steps := append(a.Steps, a.OlderSteps...)
	switch {
	case len(steps) == 0:
		return req, "", errors.New("recoveryRequestSteps: there are no steps: name at least one")
	case !a.ProblemID.given:
		return req, "", errors.New("problemId: is missing: send the number of the condition, the one that /finished will name")
	}
	req = schema.Request{
		Type: schema.Type(schema.KindRequest),
		Problem: schema.Problem{
			ID: a.ProblemID.String(), Title: schema.Shorten(strings.TrimSpace(a.ProblemTitle), 200), Description: schema.Shorten(a.ProblemDescription, 8000),
		},
		Automatic: a.AutomatedRecoveryEnabled || a.IsAutomatedRecoveryEnabled,
	}
	if req.Problem.Title == "" {
		req.Problem.Title = "Condition " + req.Problem.ID
	}
	var care schema.Aftercare
	var indexes []string
	counting := true
	for i, s := range steps {
		if s.text && aftercare(s.HumanReadable, &care) {
			continue
		}
		step, err := s.convert()
		if err != nil {
			return req, "", fmt.Errorf("step %d: %w", i, err)
		}
		counting = counting && (s.text || s.Index == len(req.Steps))
		indexes = append(indexes, strconv.Itoa(s.Index))
		req.Steps = append(req.Steps, step)
	}
	if len(req.Steps) == 0 {
		return req, "", errors.New("recoveryRequestSteps: nothing is left to do: name at least one step besides what is done in the end")
	}
	if len(care.Completed)+len(care.Failed) > 0 {
		req.Aftercare = &care
	}
	if !counting {
		note(&req.Problem, contextIndexes, strings.Join(indexes, ","))
	}
	if a.IsProbe || a.Probe {
		note(&req.Problem, contextProbe, "true")
	}
	return req, a.relation(), nil
}

// relation is what the flags ask for, the strongest first, as the predecessor looked at them.
func (a asked) relation() string {
	switch {
	case a.WithInterrupt:
		return schema.Preempt
	case a.SameProblem || a.IsSameProblem:
		return schema.Continue
	case a.WithPostponement:
		return schema.Postpone
	}
	return ""
}

func note(p *schema.Problem, name, value string) {
	if p.Context == nil {
		p.Context = map[string]string{}
	}
	p.Context[name] = value
}

var stopsAndStarts = regexp.MustCompile(`(?i)\bstop\w* and start`)

// convert makes the step of one that the expert described. Markup in its text says what
// is done; else its sets do, of which stopping and starting the run is none: the text
// alone tells it.
func (s step) convert() (schema.Step, error) {
	found, plain, err := jobs(s.HumanReadable)
	if err != nil {
		return schema.Step{}, err
	}
	out := schema.Step{Title: schema.Shorten(plain, 500), Attempts: attempts(plain)}
	out.Title = strings.TrimSpace(times.ReplaceAllString(out.Title, ""))
	if s.text && len(found) == 0 {
		out.ByHand = true
		if out.Title == "" {
			return out, errors.New("is empty: say what is to be done")
		}
		return out, nil
	}
	stop := stopsAndStarts.MatchString(plain)
	for _, j := range found {
		switch j.name {
		case stopAndStart:
			stop = true
		case ttcHardReset:
			s.TTCHardReset = true
		case redRecycle, redAndGreenRecycle:
			s.Red = add(s.Red, j.subsystems...)
			if j.name == redAndGreenRecycle {
				s.Green = add(s.Green, j.subsystems...)
			}
			s.Fault = add(s.Fault, j.subsystems...)
		case greenRecycle:
			s.Green = add(s.Green, j.subsystems...)
			s.Fault = add(s.Fault, j.subsystems...)
		}
	}
	recycles := len(s.Red)+len(s.Green)+len(s.Reset) > 0
	parameters := map[string]any{}
	for name, set := range map[string][]string{"red": s.Red, "green": s.Green, "fault": s.Fault, "reset": s.Reset} {
		if len(set) > 0 {
			parameters[name] = set
		}
	}
	switch {
	case recycles && stop:
		out.Action = ActionStopStartRecycle
	case recycles:
		out.Action = ActionRecycle
	case s.TTCHardReset:
		out.Action = ActionTTCHardReset
	default:
		out.Action = ActionStopStart
	}
	if s.TTCHardReset && out.Action != ActionTTCHardReset {
		parameters["ttc_hard_reset"] = true
	}
	if out.Title == "" {
		out.Title = titles[out.Action]
	}
	if len(parameters) > 0 {
		if out.Parameters, err = schema.Encode(parameters); err != nil {
			return out, fmt.Errorf("encoding its parameters: %w", err)
		}
	}
	return out, nil
}

// titles are for steps that came without a text.
var titles = map[string]string{
	ActionTTCHardReset: "Send a TTC hard reset", ActionRecycle: "Recycle", ActionStopStart: "Stop and start the run",
	ActionStopStartRecycle: "Stop and start the run with recycle",
}
