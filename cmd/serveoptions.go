package cmd

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"os"
	"reflect"
	"strings"

	"expertcontroller/broker"
	"expertcontroller/client"
	"expertcontroller/controller"
	"expertcontroller/schema"
)

// systemsOf gives the systems to serve, each once.
func systemsOf(f *connection) ([]string, error) {
	systems := f.System
	if len(systems) == 0 {
		systems = []string{client.DefaultSystem}
	}
	seen := map[string]bool{}
	for _, system := range systems {
		if !schema.ValidName(system) {
			return nil, usagef("--system %q: use 1 to %d of A-Z a-z 0-9 _ -", system, schema.MaxName)
		}
		if seen[system] {
			return nil, usagef("--system %s: named twice", system)
		}
		seen[system] = true
	}
	return systems, nil
}

func (s *serveCmd) policy() (*schema.Policy, error) {
	if s.Policy == "" {
		return nil, nil
	}
	text, err := os.ReadFile(s.Policy)
	if err != nil {
		return nil, fmt.Errorf("reading the policy: %w", err)
	}
	policy, err := parsePolicy(s.Policy, text)
	if err != nil {
		return nil, err
	}
	return &policy, nil
}

func connectOptions(f *connection, log *slog.Logger) *broker.ConnectOptions {
	return &broker.ConnectOptions{
		URL: f.Server, Context: f.Context, Creds: f.Creds, NKey: f.NKey, TLSCert: f.TLSCert, TLSKey: f.TLSKey, TLSCA: f.TLSCA,
		User: f.User, Password: f.Password, Name: "expertcontroller", Logger: log,
	}
}

// replicaName makes a name that no other replica has.
func replicaName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "host"
	}
	suffix := fmt.Sprintf("-%d-%s", os.Getpid(), strings.ToLower(rand.Text()[:4]))
	host = schema.CleanName(host)
	return host[:min(len(host), schema.MaxName-len(suffix))] + suffix
}

// comparePolicy says where another policy is in force than the one given, and how to
// apply that.
func (w *wiring) comparePolicy(r *replica) {
	if w.policy == nil {
		return
	}
	for _, s := range r.systems {
		var in *schema.PolicyDocument
		s.actor.View(func(state *controller.State) { in = state.Policy() })
		if in != nil && reflect.DeepEqual(in.Policy, *w.policy) {
			continue
		}
		if w.policyFile != "" {
			w.log.Warn("another policy is in force than that of the file: it stays", "system", s.system, "file", w.policyFile,
				"to_apply", fmt.Sprintf("%s --system %s policy apply %s", w.console.at(r.url()).self, s.system, w.policyFile))
		} else if in != nil && in.Policy.Routes["*"] != simulator {
			w.log.Warn("the policy in force does not route actions to the simulator: requests have to name it as their steps' agent", "system", s.system)
		}
	}
}
