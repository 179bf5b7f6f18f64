package actions

import (
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"expertcontroller/schema"
)

// checker holds what is said of a file while it is checked.
type checker struct {
	doc      document
	all      *Complaints
	warnings []Complaint
	known    map[string]bool
}

func (c *checker) complain(field, format string, args ...any) {
	c.all.List = append(c.all.List, Complaint{Line: c.doc.line(field), Field: field, Text: fmt.Sprintf(format, args...)})
}

func (c *checker) warn(field, format string, args ...any) {
	c.warnings = append(c.warnings, Complaint{Line: c.doc.line(field), Field: field, Text: fmt.Sprintf(format, args...)})
}

func (c *checker) secrets(sources []schema.SecretSource) {
	c.known = map[string]bool{}
	for i, s := range sources {
		field := fmt.Sprintf("secrets[%d]", i)
		if c.known[s.Name] {
			c.complain(field+".name", "%s is there twice: give each secret a name of its own", s.Name)
		}
		c.known[s.Name] = true
		if s.File != "" && !filepath.IsAbs(s.File) {
			c.complain(field+".file", "%s is no absolute path: begin it with /", s.File)
			continue
		}
		if _, err := readSecret(s); err != nil {
			c.complain(field, "%v", err)
		}
		if openToAll(s) {
			c.warn(field+".file", "everybody on this host may read %s: chmod 600 it", s.File)
		}
	}
}

func (c *checker) action(field string, recipe schema.Recipe) *Action {
	a := &Action{Recipe: recipe}
	c.parameters(field+".parameters", a)
	for name, d := range map[string]*schema.Duration{"timeout": a.Timeout, "usual": a.Usual} {
		c.positive(field+"."+name, d)
	}
	if a.Abort != nil {
		c.positive(field+".abort.grace", a.Abort.Grace)
		if a.Abort.Signal != "" && a.Exec == nil {
			c.complain(field+".abort.signal", "is for programs: leave it out, and say under %s how the service is asked to stop", a.way())
		}
		if a.Abort.Do == schema.AbortNever && (a.HTTP != nil && a.HTTP.Abort != nil || a.NATS != nil && a.NATS.Abort != nil) {
			c.complain(field+".abort.do", "says never, and %s.abort says how: keep one of them", a.way())
		}
	}
	if a.CutOff != nil {
		c.positive(field+".cut_off.after", a.CutOff.After)
		if a.CutOff.Do == schema.CutOffStop && !a.Stops() {
			c.complain(field+".cut_off.do", "says stop, and nothing says how the action is stopped: say that under abort, or let it go on")
		}
	}
	switch {
	case a.Exec != nil:
		c.exec(field+".exec", a)
	case a.HTTP != nil:
		c.http(field+".http", a)
	case a.NATS != nil:
		c.nats(field+".nats", a)
	}
	return a
}

func (a *Action) way() string {
	switch {
	case a.HTTP != nil:
		return "http"
	case a.NATS != nil:
		return "nats"
	}
	return "exec"
}

func (c *checker) positive(field string, d *schema.Duration) {
	if d != nil && (d.D() <= 0 || d.D() > 30*24*time.Hour) {
		c.complain(field, "is %s: give more than 0s, and at most 720h", d)
	}
}

// place says what a template may name where it stands.
type place struct {
	secret, optional, spread bool
	// answer are the names taken of the service's answer; nil: there is none yet.
	answer map[string]string
}

// template checks what a text refers to.
func (c *checker) template(field, text string, a *Action, p place) template {
	t, err := parse(text)
	if err != nil {
		c.complain(field, "%v", err)
		return nil
	}
	for _, ref := range t.references() {
		c.reference(field, t, ref, a, p)
	}
	return t
}

func (c *checker) reference(field string, t template, ref *reference, a *Action, p place) {
	switch {
	case ref.spread && (!p.spread || t.alone() == nil || ref.of != ofParameter):
		c.complain(field, "{{%s...}} stands for several arguments: only an argument of its own can be that", ref)
		return
	case ref.optional && !p.optional:
		c.complain(field, "{{%s?}} may be missing, and this can't be left out: give the parameter a default, or require it", ref)
		return
	case ref.optional && ref.of != ofParameter:
		c.complain(field, "{{%s?}}: only a parameter may be missing", ref)
		return
	}
	switch ref.of {
	case ofSecret:
		switch {
		case !c.known[ref.name]:
			c.complain(field, "{{%s}}: there is no such secret: list it under secrets, with file or env", ref)
		case !p.secret:
			c.secretHere(field, ref)
		}
	case ofAttempt:
		if !slices.Contains(attemptNames, ref.name) {
			c.complain(field, "{{%s}}: of an attempt there are %v: write one of them", ref, attemptNames)
		}
	case ofAnswer:
		if _, taken := p.answer[ref.name]; !taken {
			c.complain(field, "{{%s}}: nothing of that name is taken of an earlier answer: say under take which value it is", ref)
		}
	default:
		switch {
		case !a.members[ref.name]:
			c.complain(field, "{{%s}}: the action has no such parameter: add it to the properties of parameters, or correct the name", ref)
		case a.hidden[ref.name] && !p.secret:
			c.secretHere(field, ref)
		case !a.required[ref.name] && a.defaults[ref.name] == nil && !ref.optional && !ref.spread:
			c.complain(field, "{{%s}}: the parameter may be missing: require it, give it a default, or write {{%s?}} to leave this out then", ref, ref)
		}
	}
}

func (c *checker) secretHere(field string, ref *reference) {
	c.complain(field, "{{%s}} is a secret, and would be seen here by others: put it into an environment, a header or a body (for arguments of a program there is secret_arguments)", ref)
}
