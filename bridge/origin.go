package bridge

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"expertcontroller/schema"
)

// reachable refuses, where everybody is who they say, requests for another host: a page
// whose name was made to lead here must not get in.
func (i Identity) reachable(r *http.Request) *schema.Error {
	if !i.typed() || OnlyHere(hostOf(r.Host)) {
		return nil
	}
	return refusal(403, codeForbidden, "this bridge is for this machine only: ask for it as 127.0.0.1 or localhost, not as %q", clip(r.Host))
}

// fromElsewhere refuses what another site's page sends. Browsers say where a page came
// from; where they send what authenticates by themselves, what says nothing is refused,
// too, if it changes something or opens a websocket.
func (i Identity) fromElsewhere(r *http.Request, who person, changes bool) *schema.Error {
	origins := r.Header.Values("Origin")
	switch {
	case len(origins) > 1:
		return refusal(403, codeForbidden, "several origins")
	case len(origins) == 1:
		if !i.own(origins[0], r) {
			return refusal(403, codeForbidden, "a page of %q may not ask here: open the dashboard itself, or name that origin with --origin", clip(origins[0]))
		}
		return nil
	}
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		return refusal(403, codeForbidden, "another site's page may not ask here")
	}
	if who.ambient && changes {
		return refusal(403, codeForbidden, "the header Origin is missing: send it, or authenticate without a cookie (Authorization)")
	}
	return nil
}

// own tells whether a page of this origin is the bridge's own.
func (i Identity) own(origin string, r *http.Request) bool {
	if slices.Contains(i.Origins, origin) {
		return true
	}
	u, err := url.Parse(origin)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return false
	}
	return u.Host != "" && strings.EqualFold(u.Host, r.Host) && u.Path == "" && u.User == nil
}

// setHeaders are those that every answer has.
func setHeaders(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
}

// websocketProtocols lists what a client offers.
func websocketProtocols(r *http.Request) []string {
	var out []string
	for _, line := range r.Header.Values("Sec-WebSocket-Protocol") {
		for _, p := range strings.Split(line, ",") {
			out = append(out, strings.TrimSpace(p))
		}
	}
	return out
}

// clip shortens a word of somebody else's to what a sentence can hold.
func clip(s string) string { return schema.Shorten(s, 100) }
