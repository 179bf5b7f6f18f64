package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go"

	"expertcontroller/agent/actions"
	"expertcontroller/agent/runner"
	"expertcontroller/schema"
)

// loadActions reads an agent's actions and says what is worth a look in them.
func loadActions(c *console, file string) (*actions.Set, error) {
	set, err := actions.Load(file)
	if err != nil {
		return nil, err
	}
	for _, w := range set.Warnings {
		c.say("%s:%d: %s: %s", clean(file), w.Line, clean(w.Field), clean(w.Text))
	}
	return set, nil
}

// checkActions checks an actions file on this host, without a broker.
func checkActions(c *console, file string) error {
	set, err := loadActions(c, file)
	if c.json {
		var wrong *actions.Complaints
		out := struct {
			Valid    bool                `json:"valid"`
			Actions  []schema.Action     `json:"actions,omitempty"`
			Wrong    []actions.Complaint `json:"wrong,omitempty"`
			Warnings []actions.Complaint `json:"warnings,omitempty"`
		}{Valid: err == nil}
		if errors.As(err, &wrong) {
			out.Wrong = wrong.List
		}
		if set != nil {
			out.Actions, out.Warnings = set.Offered(), set.Warnings
		}
		if printed := c.printJSON(out); printed != nil {
			return printed
		}
	}
	if err != nil {
		return err
	}
	var names []string
	for _, a := range set.Offered() {
		names = append(names, a.Name)
	}
	c.say("%s is right: %s", clean(file), strings.Join(names, ", "))
	return nil
}

// services lets an agent's actions ask services on its broker.
type services struct{ nc *nats.Conn }

// Ask sends a request and waits for its reply.
func (s *services) Ask(ctx context.Context, subject string, headers map[string]string, payload []byte) (runner.Reply, error) {
	m := nats.NewMsg(subject)
	m.Data = payload
	for name, value := range headers {
		m.Header.Set(name, value)
	}
	r, err := s.nc.RequestMsgWithContext(ctx, m)
	switch {
	case errors.Is(err, nats.ErrNoResponders):
		return runner.Reply{}, fmt.Errorf("%w: nobody answers on %s; start the service", runner.ErrNotSent, subject)
	case errors.Is(err, nats.ErrReconnectBufExceeded), errors.Is(err, nats.ErrConnectionClosed), errors.Is(err, nats.ErrMaxPayload), errors.Is(err, nats.ErrBadSubject), errors.Is(err, nats.ErrDisconnected):
		return runner.Reply{}, fmt.Errorf("%w (%w)", runner.ErrNotSent, err)
	case err != nil:
		return runner.Reply{}, err
	}
	reply := runner.Reply{Data: r.Data}
	if code, text := r.Header.Get("Nats-Service-Error-Code"), r.Header.Get("Nats-Service-Error"); code != "" || text != "" {
		reply.Error = strings.TrimSpace(code + " " + text)
	}
	return reply, nil
}
