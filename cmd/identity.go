package cmd

import (
	"log/slog"
	"net"
	"net/netip"
	"net/url"

	"expertcontroller/bridge"
)

// identity says how people and programs are told apart that come over HTTP.
type identity struct {
	Keys            string   `placeholder:"FILE" env:"EXPERTCONTROLLER_KEYS" help:"API keys; make one with: expertcontroller key NAME --file FILE." group:"HTTP"`
	ProxyHeader     string   `placeholder:"NAME" help:"The header in which a proxy that authenticates says who somebody is." group:"HTTP"`
	ProxyFrom       []string `placeholder:"ADDR" help:"That proxy's addresses, as in 10.0.0.5 or 10.1.0.0/16." group:"HTTP"`
	ProxyRoleHeader string   `placeholder:"NAME" help:"The header in which it says viewer, operator or expert (default: everybody is an operator)." group:"HTTP"`
	Origin          []string `placeholder:"URL" help:"Pages of these origins may ask, too, as in https://console.example." group:"HTTP"`
}

// open gives what a bridge needs, and refuses an address that it doesn't fit.
func (i *identity) open(address string, log *slog.Logger) (bridge.Identity, error) {
	var out bridge.Identity
	for _, origin := range i.Origin {
		u, err := url.Parse(origin)
		if err != nil || u.Host == "" || u.Path != "" || u.Scheme != "http" && u.Scheme != "https" {
			return out, usagef("--origin %q: write SCHEME://HOST[:PORT], as in https://console.example", origin)
		}
		out.Origins = append(out.Origins, origin)
	}
	switch {
	case i.ProxyHeader != "" && len(i.ProxyFrom) == 0:
		return out, usagef("--proxy-header: whoever reaches this address could write that header: say the proxy's addresses with --proxy-from")
	case i.ProxyHeader == "" && (len(i.ProxyFrom) > 0 || i.ProxyRoleHeader != ""):
		return out, usagef("--proxy-from and --proxy-role-header: go with --proxy-header")
	case i.ProxyHeader != "":
		out.Proxy = &bridge.Proxy{Header: i.ProxyHeader, RoleHeader: i.ProxyRoleHeader}
		for _, from := range i.ProxyFrom {
			prefix, err := netip.ParsePrefix(from)
			if err != nil {
				ip, wrong := netip.ParseAddr(from)
				if wrong != nil {
					return out, usagef("--proxy-from %q: write an address, or a range as in 10.1.0.0/16", from)
				}
				prefix = netip.PrefixFrom(ip, ip.BitLen())
			}
			out.Proxy.From = append(out.Proxy.From, prefix)
		}
	}
	if i.Keys != "" {
		keys, err := bridge.OpenKeys(i.Keys)
		if err != nil {
			return out, err
		}
		keys.Broken = func(err error) {
			log.Error("the file of keys has changed and can't be read; the old ones stay", "error", err)
		}
		out.Keys = keys
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return out, nil // whoever listens says it better
	}
	if err := out.Check(host); err != nil {
		return out, usagef("--http %s: %w", address, err)
	}
	return out, nil
}
