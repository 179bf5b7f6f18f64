package actions

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"expertcontroller/schema"
)

var headerName = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")

func (c *checker) http(field string, a *Action) {
	h := a.HTTP
	c.webRequest(field, &h.WebRequest, a, nil)
	taken := h.Take
	if taken == nil {
		taken = map[string]string{}
	}
	for name, pointer := range h.Take {
		if !variableName.MatchString(name) {
			c.complain(field+".take."+name, "is no name for {{answer.NAME}}: use letters, digits and _")
		}
		c.pointer(field+".take."+name, pointer)
	}
	if p := h.Poll; p != nil {
		c.url(field+".poll.url", p.URL, a, taken)
		c.headers(field+".poll.headers", p.Headers, a, taken)
		c.pointer(field+".poll.state", p.State)
		for name, pointer := range map[string]string{"text": p.Text, "percent": p.Percent} {
			if pointer != "" {
				c.pointer(field+".poll."+name, pointer)
			}
		}
		for name, d := range map[string]*schema.Duration{"every": p.Every, "give_up": p.GiveUp, "timeout": p.Timeout} {
			c.positive(field+".poll."+name, d)
		}
		states := map[string]string{}
		for name, list := range map[string][]string{"done": p.Done, "failed": p.Failed, "aborted": p.Aborted} {
			for _, state := range list {
				if other, twice := states[state]; twice && other != name {
					c.complain(field+".poll."+name, "%q stands under %s, too: a state means one thing", state, other)
				}
				states[state] = name
			}
		}
	}
	if h.Abort != nil {
		c.webRequest(field+".abort", h.Abort, a, taken)
	}
	if h.CA != "" {
		if _, err := os.Stat(h.CA); err != nil || !filepath.IsAbs(h.CA) {
			c.complain(field+".ca", "%s is no file of this host: give the absolute path of the certificates", h.CA)
		}
	}
}

func (c *checker) webRequest(field string, r *schema.WebRequest, a *Action, answer map[string]string) {
	c.url(field+".url", r.URL, a, answer)
	c.headers(field+".headers", r.Headers, a, answer)
	c.positive(field+".timeout", r.Timeout)
	switch bodiless := r.Method == "GET" || r.Method == "HEAD"; {
	case bodiless && r.JSON != nil:
		c.complain(field+".json", "%s has no body: use another method, or put the parameters into the URL", r.Method)
	case bodiless && r.Form != nil:
		c.complain(field+".form", "%s has no body: use another method, or put the parameters into the URL", r.Method)
	case r.JSON != nil && r.Form != nil:
		c.complain(field+".form", "stands beside json: a call has one body; keep one of them")
	}
	c.json(field+".json", r.JSON, a, answer)
	for name, text := range r.Form {
		c.template(field+".form."+name, text, a, place{secret: true, optional: true, answer: answer})
	}
	for name, list := range map[string][]int{"expect": r.Expect, "failed": r.Failed} {
		for i, status := range list {
			if status < 100 || status > 599 {
				c.complain(fmt.Sprintf("%s.%s[%d]", field, name, i), "is %d: a status is 100 to 599", status)
			}
		}
	}
}

// url checks that scheme and host stand as they are.
func (c *checker) url(field, text string, a *Action, answer map[string]string) {
	t := c.template(field, text, a, place{answer: answer})
	if len(t) == 0 {
		return
	}
	scheme, rest, _ := strings.Cut(t[0].text, "://")
	host, _, whole := strings.Cut(rest, "/")
	switch {
	case scheme != "http" && scheme != "https", host == "":
		c.complain(field, "begin with http:// or https:// and the host, as they are: a parameter may only stand behind the host")
		return
	case !whole && len(t) > 1:
		c.complain(field, "a parameter may only stand behind the host: put a / in front of it")
		return
	}
	// With something harmless for each parameter, it has to be a URL.
	var trial strings.Builder
	for _, p := range t {
		if p.ref != nil {
			trial.WriteString("x")
		}
		trial.WriteString(p.text)
	}
	u, err := url.Parse(trial.String())
	switch {
	case err != nil:
		c.complain(field, "%v: correct it", err)
	case u.User != nil:
		c.complain(field, "holds a name and a password, which would be seen: put them into a header Authorization, from a secret")
	case u.Fragment != "":
		c.complain(field, "holds a #, behind which nothing is sent: take it out")
	}
}

func (c *checker) headers(field string, headers map[string]string, a *Action, answer map[string]string) {
	for name, text := range headers {
		at := field + "." + name
		if !headerName.MatchString(name) {
			c.complain(at, "is no name of a header: use letters, digits and -")
		}
		c.template(at, text, a, place{secret: true, optional: true, answer: answer})
	}
}

// json checks the templates in an object's texts.
func (c *checker) json(field string, raw json.RawMessage, a *Action, answer map[string]string) {
	if raw == nil {
		return
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		c.complain(field, "can't be read: %v; write an object", err)
		return
	}
	var visit func(at string, v any)
	visit = func(at string, v any) {
		switch v := v.(type) {
		case string:
			c.template(at, v, a, place{secret: true, optional: true, answer: answer})
		case map[string]any:
			for name, member := range v {
				if strings.Contains(name, "{{") {
					c.complain(at, "a name can't be a parameter: write the names as they are")
				}
				visit(at+"."+name, member)
			}
		case []any:
			for i, item := range v {
				visit(fmt.Sprintf("%s[%d]", at, i), item)
			}
		}
	}
	visit(field, v)
}

func (c *checker) pointer(field, text string) {
	if _, err := parsePointer(text); err != nil {
		c.complain(field, "%v", err)
	}
}

func (c *checker) nats(field string, a *Action) {
	n := a.NATS
	c.message(field, &n.BrokerMessage, a)
	if n.Abort != nil {
		c.message(field+".abort", n.Abort, a)
	}
	if n.State != "" {
		c.pointer(field+".state", n.State)
	}
	if n.State == "" && (len(n.Done) > 0 || len(n.Aborted) > 0) {
		c.complain(field+".state", "is missing: say where in the reply the state stands")
	}
	if n.State != "" && len(n.Done) == 0 {
		c.complain(field+".done", "is missing: say which states mean success")
	}
}

func (c *checker) message(field string, m *schema.BrokerMessage, a *Action) {
	c.headers(field+".headers", m.Headers, a, nil)
	c.json(field+".json", m.JSON, a, nil)
	t := c.template(field+".subject", m.Subject, a, place{})
	if t == nil {
		return
	}
	var trial strings.Builder
	for _, p := range t {
		if p.ref != nil {
			trial.WriteString("x")
		}
		trial.WriteString(p.text)
	}
	tokens := strings.Split(trial.String(), ".")
	for _, token := range tokens {
		if token == "" || strings.ContainsAny(token, "*> \t\r\n") {
			c.complain(field+".subject", "is no subject to send to: parts between dots, none empty, without * and >")
			return
		}
	}
	first, _, _ := strings.Cut(t[0].text, ".")
	switch {
	case t[0].ref != nil || len(tokens) > 1 && !strings.Contains(t[0].text, "."):
		c.complain(field+".subject", "its first part can't be a parameter: write it as it is")
	case strings.HasPrefix(first, "$") || strings.HasPrefix(first, "_") || first == "recovery":
		c.complain(field+".subject", "%s.> belongs to the broker or to the controllers: name a service of your own", first)
	}
}
