package bridge

import (
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"expertcontroller/schema"
)

// Roles of those who come to a bridge.
const (
	// RoleViewer sees everything and decides nothing.
	RoleViewer = "viewer"
	// RoleOperator decides.
	RoleOperator = schema.RoleOperator
	// RoleExpert asks for recoveries and says what cleared.
	RoleExpert = schema.RoleExpert
)

// Identity says how people and programs are told apart. With neither keys nor a proxy
// everybody is who they say: only this machine may reach such a bridge.
type Identity struct {
	// Keys are the API keys that are known; nil: none.
	Keys *Keys
	// Proxy, where it is set, authenticates people before they come here.
	Proxy *Proxy
	// Origins are those of pages, besides the bridge's own, that may ask: scheme://host[:port].
	Origins []string
}

// Proxy is one that authenticates.
type Proxy struct {
	// Header holds the person's name.
	Header string
	// RoleHeader holds viewer or operator; empty: everybody is an operator.
	RoleHeader string
	// From are its addresses: what comes from elsewhere is refused.
	From []netip.Prefix
}

// Check says why an address may not be listened on.
func (i Identity) Check(host string) error {
	if i.Keys != nil || i.Proxy != nil || OnlyHere(host) {
		return nil
	}
	return fmt.Errorf("other machines could reach it, and nobody is asked who they are: say --keys FILE (make one with `expertcontroller key NAME --file FILE`), or --proxy-header NAME with --proxy-from ADDRESS for a proxy that authenticates; or listen on 127.0.0.1")
}

// OnlyHere tells whether only this machine can reach what listens on this host.
func OnlyHere(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.IsLoopback()
}

// typed tells whether everybody is who they say.
func (i Identity) typed() bool { return i.Keys == nil && i.Proxy == nil }

// how says how one logs in here.
func (i Identity) how() string {
	switch {
	case i.Proxy != nil:
		return schema.AuthProxy
	case i.Keys != nil:
		return schema.AuthKey
	}
	return schema.AuthNone
}

// person is who came, and how that is known.
type person struct {
	user, role, auth string
	// ambient: the browser sends what authenticates by itself, whoever's page asks.
	ambient bool
}

// known tells whether somebody is there at all.
func (p person) known() bool { return p.role != "" }

// cookieName holds the name that one typed, or what an API key was exchanged for.
const cookieName = "expertcontroller"

// who tells who came; nobody (no role) where that is not known. The second tells, later,
// whether it still holds.
func (i Identity) who(r *http.Request) (person, func() bool, *schema.Error) {
	always := func() bool { return true }
	scheme, credentials, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	switch {
	case strings.EqualFold(scheme, "Bearer") && i.Keys != nil:
		return i.byKey(strings.TrimSpace(credentials), false)
	case i.Proxy != nil:
		p, bad := i.Proxy.who(r)
		return p, always, bad
	case i.Keys != nil:
		if c, err := r.Cookie(cookieName); err == nil {
			p, still, bad := i.byKey(c.Value, true)
			if bad != nil {
				return person{}, always, nil // a stale one: log in again
			}
			return p, still, nil
		}
		return person{}, always, nil
	case strings.EqualFold(scheme, "Basic"):
		raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(credentials))
		name, _, _ := strings.Cut(string(raw), ":")
		if err != nil || !schema.ValidName(name) {
			return person{}, always, refusal(401, codeUnauthorized, "the name given is none: use 1 to %d of A-Z a-z 0-9 _ -", schema.MaxName)
		}
		return person{user: name, role: RoleOperator, auth: schema.AuthNone}, always, nil
	}
	if c, err := r.Cookie(cookieName); err == nil && schema.ValidName(c.Value) {
		return person{user: c.Value, role: RoleOperator, auth: schema.AuthNone, ambient: true}, always, nil
	}
	return person{role: RoleViewer, auth: schema.AuthNone}, always, nil
}

// byKey finds whose API key, or whose session, this is.
func (i Identity) byKey(secret string, session bool) (person, func() bool, *schema.Error) {
	find := i.Keys.find
	if session {
		find = i.Keys.findSession
	}
	k, ok := find(secret)
	if !ok {
		return person{}, func() bool { return false }, refusal(401, codeUnauthorized, "this key is not known here, or no longer: ask for another one")
	}
	still := func() bool {
		now, ok := find(secret)
		return ok && now == k
	}
	return person{user: k.Name, role: k.Role, auth: schema.AuthKey, ambient: session}, still, nil
}

// who reads what the proxy says.
func (p *Proxy) who(r *http.Request) (person, *schema.Error) {
	if !p.trusts(r.RemoteAddr) {
		return person{}, refusal(403, codeForbidden, "requests come through the proxy here, and %s is not among its addresses (--proxy-from)", hostOf(r.RemoteAddr))
	}
	names := r.Header.Values(p.Header)
	if len(names) == 0 {
		return person{}, nil
	}
	if len(names) != 1 || !schema.ValidName(names[0]) {
		return person{}, refusal(403, codeForbidden, "the proxy's header %s has to hold one name of 1 to %d of A-Z a-z 0-9 _ -", p.Header, schema.MaxName)
	}
	role := RoleOperator
	if p.RoleHeader != "" {
		roles := r.Header.Values(p.RoleHeader)
		if len(roles) != 1 || !slices.Contains([]string{RoleViewer, RoleOperator, RoleExpert}, roles[0]) {
			return person{}, refusal(403, codeForbidden, "the proxy's header %s has to hold viewer, operator or expert", p.RoleHeader)
		}
		role = roles[0]
	}
	return person{user: names[0], role: role, auth: schema.AuthProxy, ambient: true}, nil
}

func (p *Proxy) trusts(address string) bool {
	ip, err := netip.ParseAddr(hostOf(address))
	return err == nil && slices.ContainsFunc(p.From, func(from netip.Prefix) bool { return from.Contains(ip.Unmap()) })
}

// hostOf is an address without its port.
func hostOf(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	return strings.Trim(address, "[]")
}
