package cmd

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"expertcontroller/client"
	"expertcontroller/schema"
)

// lastToken stands on the command line for the last token that this user got.
const lastToken = "@last"

// remembered is the last token that this user got of a system.
type remembered struct {
	Token string    `json:"token"`
	At    time.Time `json:"at"`
	// From is how the broker was named: the same token of another broker is another recovery.
	From string `json:"from"`
}

// lastFile is where the last token of a system is kept: one file each, in the user's
// state directory.
func lastFile(system string) (string, error) {
	dir := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(dir) {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("finding the user's state directory: %w; set XDG_STATE_HOME or HOME", err)
		}
		dir = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(dir, "expertcontroller", "last", system+".json"), nil
}

// remember keeps a token for @last. That it can't is a remark, not a failure: the
// recovery was asked for.
func (c *console) remember(f *connection, token string) {
	system, _, err := schema.ParseToken(token)
	if err == nil {
		err = writeLast(system, remembered{Token: token, At: c.now(), From: f.broker()})
	}
	if err != nil {
		c.say("%s will not find %s: %s", lastToken, clean(token), clean(err.Error()))
	}
}

func writeLast(system string, r remembered) error {
	path, err := lastFile(system)
	if err != nil {
		return err
	}
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	// Whole or not at all, also when two shells get tokens at once.
	part, err := os.CreateTemp(filepath.Dir(path), system+".part-*")
	if err != nil {
		return err
	}
	_, err = part.Write(append(text, '\n'))
	if err := errors.Join(err, part.Close()); err != nil {
		return errors.Join(err, os.Remove(part.Name()))
	}
	if err := os.Rename(part.Name(), path); err != nil {
		return errors.Join(err, os.Remove(part.Name()))
	}
	return nil
}

// last gives the token that @last stands for, and says which that is.
func (c *console) last(f *connection) (string, error) {
	system, err := f.system()
	if err != nil {
		return "", err
	}
	path, err := lastFile(system)
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%s: this user has got no token of system %s yet: `%s request` remembers the one that it gets; --system says another system", lastToken, system, c.self)
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w; name the token", lastToken, err)
	}
	var r remembered
	if err := json.Unmarshal(text, &r); err != nil {
		return "", fmt.Errorf("%s: reading %s: %w; remove the file and name the token", lastToken, path, err)
	}
	if of, _, err := schema.ParseToken(r.Token); err != nil || of != system {
		return "", fmt.Errorf("%s: %s holds %q, which is no token of system %s; remove the file and name the token", lastToken, path, r.Token, system)
	}
	if here := f.broker(); r.From != here {
		return "", fmt.Errorf("%s: the last token of system %s, %s, was got through %s, and this asks through %s: name the token, or ask there", lastToken, system, r.Token, r.From, here)
	}
	c.say("%s is %s, got %s UTC", lastToken, r.Token, moment(r.At))
	return r.Token, nil
}

// system is the one that is asked about.
func (f *connection) system() (string, error) {
	o, err := f.options(schema.RoleOperator)
	if err != nil {
		return "", err
	}
	system := cmp.Or(o.System, client.DefaultSystem)
	if !schema.ValidName(system) {
		return "", usagef("--system %q: use 1 to %d of A-Z a-z 0-9 _ -", system, schema.MaxName)
	}
	return system, nil
}

// broker names the broker that is asked, as far as the command line and the environment
// do, without what nobody else should read.
func (f *connection) broker() string {
	if urls := cmp.Or(f.Server, os.Getenv("NATS_URL")); urls != "" {
		var out []string
		for _, text := range strings.Split(urls, ",") {
			text = schema.Address(strings.TrimSpace(text))
			if u, err := url.Parse(text); err == nil && u.Host != "" {
				text = u.Scheme + "://" + u.Host
			}
			out = append(out, text)
		}
		return strings.Join(out, ",")
	}
	if name := cmp.Or(f.Context, os.Getenv("NATS_CONTEXT")); name != "" {
		return "context " + name
	}
	return "the selected context, or " + client.DefaultServer
}
