package broker_test

import (
	"cmp"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"expertcontroller/broker"
)

// What is said about a connection ends in logs that others read.
func TestAPasswordIsNotTold(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	of := filepath.Join(os.Getenv("XDG_CONFIG_HOME"), "nats", "context")
	if err := os.MkdirAll(of, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(of, "plant.json"), []byte(`{"url":"nats://anna:sesame@127.0.0.1:1"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]broker.ConnectOptions{
		"a password":                 {URL: "nats://anna:sesame@127.0.0.1:1"},
		"a token":                    {URL: "nats://sesame@127.0.0.1:1"},
		"of several":                 {URL: "nats://127.0.0.1:1, anna:sesame@127.0.0.1:2"},
		"a URL that can't be read":   {URL: "nats://anna:sesame%zz@127.0.0.1:1"},
		"a context's URL":            {Context: "plant"},
		"a URL that wins over one's": {Context: "plant", URL: "nats://anna:sesame@127.0.0.1:2"},
	} {
		t.Run(name, func(t *testing.T) {
			nc, err := broker.Connect(o)
			if err == nil {
				nc.Close()
				t.Fatal("somebody listens there")
			}
			if strings.Contains(err.Error(), "sesame") || !strings.Contains(err.Error(), cmp.Or(o.URL[max(len(o.URL)-len("127.0.0.1:1"), 0):], "plant")) {
				t.Errorf("says %v", err)
			}
		})
	}
}
