package bridge

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"expertcontroller/client"
	"expertcontroller/schema"
)

// apiRoot is where the API is.
const apiRoot = "/api/v1"

// access says who may ask for a route.
type access int

const (
	// everybody may, logged in or not.
	everybody access = iota
	// viewers may, and so may all others who are known.
	viewers
	// operators may.
	operators
	// speakers are operators and experts.
	speakers
)

// route is one of the API: the table of them makes the routes and the document that
// describes them.
type route struct {
	method, path, about string
	access              access
	query               []parameter
	// request is the body's kind, or one of the bridge's own shapes; empty: none.
	request string
	// fills are the fields of the request that the path gives.
	fills []string
	// response is the answer's kind, or one of the bridge's own shapes.
	response string
	// csv: the answer is to be had as a table.
	csv   bool
	demo  bool
	serve func(*call) (any, *schema.Error)
}

// call is one request under way.
type call struct {
	bridge *Bridge
	route  *route
	w      http.ResponseWriter
	r      *http.Request
	who    person
	system string
}

// looking asks for a system.
func (c *call) looking() *client.Client { return c.bridge.o.Client.In(c.system) }

// speaking asks for a system as the person who came.
func (c *call) speaking() *client.Client {
	role := schema.RoleOperator
	if c.who.role == RoleExpert {
		role = schema.RoleExpert
	}
	return c.bridge.o.Client.In(c.system).Through(c.who.auth).As(role, c.who.user)
}

// callWithin is how long a request may take.
const callWithin = 10 * time.Second

// routes makes what serves everything.
func (b *Bridge) routes() *http.ServeMux {
	mux := http.NewServeMux()
	methods := map[string][]string{}
	for _, r := range b.table() {
		mux.Handle(r.method+" "+apiRoot+r.path, b.serve(r))
		methods[r.path] = append(methods[r.path], r.method)
	}
	for path, allowed := range methods {
		slices.Sort(allowed)
		allow := strings.Join(allowed, ", ")
		mux.HandleFunc(apiRoot+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Allow", allow)
			b.refuse(w, refusal(405, schema.CodeMalformed, "use %s here", allow))
		})
	}
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		b.refuse(w, refusal(404, schema.CodeUnknown, "there is nothing at %s: %s lists what there is", clip(r.URL.Path), apiRoot+"/openapi.json"))
	})
	mux.HandleFunc("/ws", b.websocket)
	mux.HandleFunc("/", b.page.serve)
	return mux
}

func (b *Bridge) refuse(w http.ResponseWriter, bad *schema.Error) {
	b.figures.refused.Add(1)
	refuse(w, bad)
}

// websocket lets a client in.
func (b *Bridge) websocket(w http.ResponseWriter, r *http.Request) {
	who, still, bad := b.o.Identity.who(r)
	if bad == nil && !who.known() {
		bad = refusal(401, codeUnauthorized, "log in first: POST %s/login", apiRoot)
	}
	if bad == nil {
		if bad = b.o.Identity.fromElsewhere(r, who, true); bad != nil {
			b.figures.crossOrigin.Add(1)
		}
	}
	if bad != nil {
		b.refuse(w, bad)
		return
	}
	b.serveWebsocket(w, r, who, still)
}

// serve checks everything that is the same for all routes, and answers.
func (b *Bridge) serve(r route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		select {
		case b.calls <- struct{}{}:
			defer func() { <-b.calls }()
		default:
			b.refuse(w, refusal(503, schema.CodeFull, "this bridge answers %d requests already: ask again in a moment", cap(b.calls)))
			return
		}
		c := &call{bridge: b, route: &r, w: w, r: req, system: req.PathValue("system")}
		if bad := c.check(); bad != nil {
			b.refuse(w, bad)
			return
		}
		answer, bad := r.serve(c)
		switch {
		case bad != nil:
			b.refuse(w, bad)
		case answer != nil:
			writeJSON(w, http.StatusOK, answer)
		}
	})
}

// check says why a request is not answered.
func (c *call) check() *schema.Error {
	b, changes := c.bridge, c.route.method != http.MethodGet
	who, _, bad := b.o.Identity.who(c.r)
	c.who = who
	if bad != nil && c.route.access != everybody {
		return bad
	}
	if bad := b.o.Identity.fromElsewhere(c.r, who, changes); bad != nil {
		b.figures.crossOrigin.Add(1)
		return bad
	}
	if bad := c.throttle(changes); bad != nil {
		return bad
	}
	if c.route.access != everybody && !who.known() {
		return refusal(401, codeUnauthorized, "log in first: POST %s/login", apiRoot)
	}
	if changes && c.route.access != everybody && who.user == "" {
		return refusal(401, codeUnauthorized, "say who you are first: POST %s/login", apiRoot)
	}
	switch {
	case c.route.access == operators && who.role != RoleOperator,
		c.route.access == speakers && who.role != RoleOperator && who.role != RoleExpert:
		return refusal(403, codeForbidden, "%s is a %s here and may not do that: log in as somebody who may", who.user, who.role)
	}
	if c.system != "" && b.feeds[c.system] == nil {
		return refusal(404, schema.CodeUnknown, "there is no system %q here: there are %s", clip(c.system), strings.Join(b.o.Systems, ", "))
	}
	return nil
}

// throttle holds everybody to a pace.
func (c *call) throttle(changes bool) *schema.Error {
	who := hostOf(c.r.RemoteAddr) + " " + c.who.user
	ok, wait := true, time.Duration(0)
	switch {
	case strings.HasSuffix(c.route.path, "/login"):
		ok, wait = c.bridge.paces.take("login", hostOf(c.r.RemoteAddr), loginsPerSecond, loginsAtOnce)
	case changes:
		ok, wait = c.bridge.paces.take("change", who, changesPerSecond, changesAtOnce)
	default:
		ok, wait = c.bridge.paces.take("look", who, looksPerSecond, looksAtOnce)
	}
	if ok {
		return nil
	}
	c.bridge.figures.throttled.Add(1)
	c.w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	return refusal(429, codeThrottled, "too many requests: ask again in %s", max(wait.Round(100*time.Millisecond), 100*time.Millisecond))
}

// token gives the recovery that the path names.
func (c *call) token() (string, *schema.Error) {
	token := c.r.PathValue("token")
	system, _, err := schema.ParseToken(token)
	if err != nil {
		return "", refusal(404, schema.CodeUnknown, "%s", clip(err.Error()))
	}
	if system != c.system {
		return "", refusal(404, schema.CodeUnknown, "%s is no recovery of the system %s", token, c.system)
	}
	return token, nil
}

// parameter is one in the query of an address.
type parameter struct {
	name, about string
	// repeated: it may stand there several times.
	repeated bool
	// whole: it is a whole number.
	whole bool
}

func (c *call) whole(name string) (int, *schema.Error) {
	text := c.r.URL.Query().Get(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, malformed(name, "%q is no whole number", clip(text))
	}
	return n, nil
}

// when reads a time, or how long ago.
func (c *call) when(name string) (*time.Time, *schema.Error) {
	text := c.r.URL.Query().Get(name)
	if text == "" {
		return nil, nil
	}
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		t = t.UTC()
		return &t, nil
	}
	ago, err := time.ParseDuration(text)
	if err != nil || ago < 0 {
		return nil, malformed(name, "%q is neither a time, as in 2026-11-21T12:02:10Z, nor how long ago, as in 8h", clip(text))
	}
	t := c.bridge.clock.now().Add(-ago)
	return &t, nil
}

func malformed(field, format string, args ...any) *schema.Error {
	return &schema.Error{Type: schema.Type(schema.KindError), Code: 400, Field: field, Reason: schema.CodeMalformed, Text: fmt.Sprintf(format, args...)}
}
