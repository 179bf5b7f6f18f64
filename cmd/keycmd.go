package cmd

import (
	"fmt"
	"os"

	"expertcontroller/bridge"
)

type keyCmd struct {
	Name string `arg:"" help:"Whose key it is."`
	Role string `enum:"viewer,operator,expert" default:"operator" help:"What it lets somebody do: viewer, operator or expert (default operator)."`
	File string `placeholder:"FILE" help:"The file to add it to; it is made if it is not there. Default: its line is shown."`
}

// Help shows how it is used.
func (*keyCmd) Help() string {
	return `Makes an API key for those who come over HTTP. It is printed once, on stdout; the file holds only its hash. To take a key back, take its line out: bridges notice within a second.

` + examples(`expertcontroller key anna --file keys`, `expertcontroller key daqexpert --role expert --file keys`, `curl -H "Authorization: Bearer $KEY" http://127.0.0.1:8080/api/v1/me`)
}

// madeKey is a key that was made, for programs.
type madeKey struct {
	Name string `json:"name"`
	Role string `json:"role"`
	Key  string `json:"key"`
	// Line is what belongs into the file of keys.
	Line string `json:"line"`
}

// Run makes a key.
func (k *keyCmd) Run(c *console) error {
	key, line, err := bridge.NewKey(k.Name, k.Role)
	if err != nil {
		return usagef("%w", err)
	}
	if k.File == "" {
		c.say("add this line to the file of keys:")
		c.say("%s", line)
		return k.print(c, key, line)
	}
	f, err := os.OpenFile(k.File, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("adding a key: %w; name another file with --file", err)
	}
	_, err = fmt.Fprintln(f, line)
	if wrong := f.Close(); err == nil {
		err = wrong
	}
	if err != nil {
		return fmt.Errorf("adding a key to %s: %w", k.File, err)
	}
	c.say("added %s, %s, to %s; this is the key, it is not shown again:", k.Name, k.Role, k.File)
	return k.print(c, key, line)
}

func (k *keyCmd) print(c *console, key, line string) error {
	if c.json {
		return c.printJSON(madeKey{k.Name, k.Role, key, line})
	}
	_, err := fmt.Fprintln(c.out, key)
	return err
}
