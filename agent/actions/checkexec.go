package actions

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// Marker is the variable by which an agent finds what its actions started: it holds
// another random value for each attempt.
const Marker = "EXPERTCONTROLLER_RUN"

func (c *checker) exec(field string, a *Action) {
	e := a.Exec
	c.program(field+".command[0]", e.Command[0])
	for i, text := range e.Command {
		at := fmt.Sprintf("%s.command[%d]", field, i)
		if strings.ContainsRune(text, 0) {
			c.complain(at, "holds a zero byte, which no argument can: take it out")
		}
		if i == 0 {
			continue
		}
		t := c.template(at, text, a, place{secret: e.SecretArguments, optional: true, spread: true})
		if by := interprets(e.Command[:i]); by != "" && len(t.references()) > 0 {
			c.complain(at, "would be read as a program by %s, whatever a parameter holds: write the program without templates, and give the parameters as further arguments or in the environment", by)
		}
		if len(t.references()) > 0 && slices.ContainsFunc(e.Command[:i], func(s string) bool { return filepath.Base(s) == "ssh" }) {
			c.warn(at, "becomes part of a line for a shell on the other host: let pattern or enum say which values there are, or send the parameters to a script there with stdin: parameters")
		}
	}
	if e.Directory != "" {
		if info, err := os.Stat(e.Directory); !filepath.IsAbs(e.Directory) || err != nil || !info.IsDir() {
			c.complain(field+".directory", "%s is no directory on this host: give the absolute path of one", e.Directory)
		}
	}
	for name, text := range e.Environment {
		at := field + ".environment." + name
		if !variableName.MatchString(name) || name == Marker {
			c.complain(at, "can't be the name of a variable: use letters, digits and _, and leave %s to the agent", Marker)
		}
		c.template(at, text, a, place{secret: true, optional: true})
	}
	for i, name := range e.Inherit {
		if !variableName.MatchString(name) {
			c.complain(fmt.Sprintf("%s.inherit[%d]", field, i), "%q is no name of a variable: use letters, digits and _", name)
		}
	}
	for i, status := range e.Done {
		if status < 0 || status > 255 {
			c.complain(fmt.Sprintf("%s.done[%d]", field, i), "is %d: an exit status is 0 to 255", status)
		}
	}
	if e.User != "" {
		if _, err := Credential(e.User); err != nil {
			c.complain(field+".user", "%v", err)
		}
	}
}

func (c *checker) program(field, path string) {
	info, err := os.Stat(path)
	switch {
	case strings.Contains(path, "{{"):
		c.complain(field, "the program itself can't be a parameter: name it, and make an action for each")
	case !filepath.IsAbs(path):
		c.complain(field, "%q is no absolute path: name the program with all of it, as in /usr/bin/systemctl, and each argument as an item of its own", path)
	case err != nil:
		c.complain(field, "%v: name a program of this host", err)
	case info.IsDir() || info.Mode()&0o111 == 0:
		c.complain(field, "%s can't be executed: chmod +x it, or name another", path)
	}
}

var interpreters = []string{"sh", "bash", "dash", "ash", "zsh", "ksh", "mksh", "fish", "csh", "tcsh", "busybox", "python", "perl", "ruby", "node", "php", "lua", "awk", "gawk", "mawk", "tclsh", "pwsh", "su", "xargs"}

var codeFlag = regexp.MustCompile(`^-[A-Za-z]*[cer]$|^--(eval|command|execute)$`)

// interprets names the interpreter that takes the argument behind these for a program: a
// flag says that one comes, and nothing but further options stands between.
func interprets(before []string) string {
	code := false
	for i := len(before) - 1; i > 0 && strings.HasPrefix(before[i], "-") && !code; i-- {
		code = codeFlag.MatchString(before[i])
	}
	if !code {
		return ""
	}
	for _, text := range before {
		name := strings.TrimRight(filepath.Base(text), "0123456789.")
		if slices.Contains(interpreters, name) {
			return filepath.Base(text)
		}
	}
	return ""
}

// Account is who a program runs as.
type Account struct {
	Name, Home string
	// Credential is nil where that is who the agent runs as.
	Credential *syscall.Credential
}

// Credential finds the account of a name; "" is the agent's own.
func Credential(name string) (Account, error) {
	own, err := user.Current()
	if err != nil {
		return Account{}, fmt.Errorf("finding who the agent runs as: %w; give it an account of this host", err)
	}
	if name == "" || name == own.Username || name == own.Uid {
		return Account{Name: own.Username, Home: own.HomeDir}, nil
	}
	u, err := user.Lookup(name)
	if err != nil {
		return Account{}, fmt.Errorf("%w: name an account of this host", err)
	}
	if os.Geteuid() != 0 {
		return Account{}, fmt.Errorf("the agent runs as %s and can't start programs as %s: run it as %s, or as root", own.Username, name, name)
	}
	number := func(text string) (uint32, error) {
		n, err := strconv.ParseUint(text, 10, 32)
		return uint32(n), err
	}
	uid, err := number(u.Uid)
	if err != nil {
		return Account{}, fmt.Errorf("the account %s has no number: %w; name another", name, err)
	}
	gid, err := number(u.Gid)
	if err != nil {
		return Account{}, fmt.Errorf("the account %s has no group: %w; name another", name, err)
	}
	ids, err := u.GroupIds()
	if err != nil {
		return Account{}, fmt.Errorf("finding the groups of %s: %w; name another account", name, err)
	}
	groups := []uint32{}
	for _, id := range ids {
		if n, err := number(id); err == nil {
			groups = append(groups, n)
		}
	}
	return Account{Name: u.Username, Home: u.HomeDir, Credential: &syscall.Credential{Uid: uid, Gid: gid, Groups: groups}}, nil
}
