package bridge

import (
	"encoding/json"
	"net/http"
	"strings"

	"expertcontroller/schema"
)

// cookieFor is how long a login lasts, in seconds.
const cookieFor = 12 * 3600

// meAnswer says who somebody is here.
type meAnswer struct {
	User      string   `json:"user"`
	Role      string   `json:"role"`
	Auth      string   `json:"auth"`
	Systems   []string `json:"systems"`
	Build     string   `json:"build"`
	Simulated []string `json:"simulated"`
	// Login is how one logs in: none (type a name), key, proxy.
	Login string `json:"login"`
	// Demo: there are things to play with.
	Demo bool `json:"demo"`
	// Vanished: the demo's machine was told to vanish, and not yet to come back.
	Vanished bool `json:"vanished"`
}

func (c *call) me() (any, *schema.Error) { return c.bridge.meOf(c.who), nil }

func (b *Bridge) meOf(who person) meAnswer {
	out := meAnswer{
		User: who.user, Role: who.role, Auth: who.auth, Build: b.o.Build,
		Systems: []string{}, Simulated: []string{}, Login: b.o.Identity.how(), Demo: b.o.Demo != nil,
	}
	if out.Demo {
		out.Vanished = b.o.Demo.Vanished()
	}
	if !who.known() {
		return out
	}
	out.Systems = b.o.Systems
	for _, system := range b.o.Systems {
		if b.feeds[system].simulated() {
			out.Simulated = append(out.Simulated, system)
		}
	}
	return out
}

// login exchanges a name, or a key, for a cookie.
func (c *call) login() (any, *schema.Error) {
	_, body, bad := c.body()
	if bad != nil {
		return nil, bad
	}
	var m struct {
		Name string `json:"name"`
		Key  string `json:"key"`
	}
	if err := json.Unmarshal(body, &m); err != nil {
		return nil, malformed("", `send {"name":"anna"}, or {"key":"…"}`)
	}
	i := c.bridge.o.Identity
	switch i.how() {
	case schema.AuthProxy:
		return nil, refusal(403, codeForbidden, "the proxy in front of this bridge says who you are: log in there")
	case schema.AuthKey:
		who, _, bad := i.byKey(strings.TrimSpace(m.Key), false)
		if bad != nil {
			return nil, bad
		}
		c.setCookie(sessionOf(strings.TrimSpace(m.Key)), cookieFor)
		return c.bridge.meOf(who), nil
	}
	if !schema.ValidName(m.Name) {
		return nil, malformed("name", "use 1 to %d of A-Z a-z 0-9 _ -", schema.MaxName)
	}
	c.setCookie(m.Name, cookieFor)
	return c.bridge.meOf(person{user: m.Name, role: RoleOperator, auth: schema.AuthNone}), nil
}

func (c *call) logout() (any, *schema.Error) {
	c.setCookie("", -1)
	out := person{}
	if c.bridge.o.Identity.typed() {
		out = person{role: RoleViewer, auth: schema.AuthNone}
	}
	return c.bridge.meOf(out), nil
}

func (c *call) setCookie(value string, age int) {
	http.SetCookie(c.w, &http.Cookie{
		Name: cookieName, Value: value, Path: "/", MaxAge: age, HttpOnly: true, SameSite: http.SameSiteStrictMode,
		Secure: c.r.TLS != nil || c.r.Header.Get("X-Forwarded-Proto") == "https",
	})
}
