package cmd

import (
	"net"
	"path/filepath"
	"testing"

	"expertcontroller/bridge"
)

// Whatever ends the bridge before it serves, its address is free again.
func TestAnAddressIsGivenBack(t *testing.T) {
	for name, words := range map[string][]string{
		"a context that is not there": {"bridge", "--context", "nowhere"},
		"credentials of nobody":       {"bridge", "--creds", filepath.Join(t.TempDir(), "none")},
	} {
		t.Run(name, func(t *testing.T) {
			first, err := net.Listen("tcp", "127.83.19.7:0") // where nobody else listens
			if err != nil {
				t.Fatal(err)
			}
			at := first.Addr().String()
			if err := first.Close(); err != nil {
				t.Fatal(err)
			}
			if g := runCommand(t.Context(), "", append(words, "--http", at)...); g.code == 0 {
				t.Fatal("it came up")
			}
			second, err := net.Listen("tcp", at)
			if err != nil {
				t.Fatal(err)
			}
			if err := second.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// The figure that the help names is the one that a bridge takes.
func TestClientsOfABridge(t *testing.T) {
	var tree cli
	parser, err := newParser(&tree, newConsole(nil, &lockedBuffer{}, &lockedBuffer{}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse([]string{"bridge"}); err != nil {
		t.Fatal(err)
	}
	if tree.Bridge.Clients != bridge.DefaultClients {
		t.Errorf("%d clients, a bridge takes %d", tree.Bridge.Clients, bridge.DefaultClients)
	}
}
