package schema

import "strings"

// Address gives the URLs of brokers, separated by commas, as people and logs may read
// them: without passwords and tokens. What is no URL is treated alike, since whoever
// mistyped one mistyped the password with it.
func Address(urls string) string {
	all := strings.Split(urls, ",")
	for i, url := range all {
		begin := 0
		if i := strings.Index(url, "://"); i >= 0 {
			begin = i + len("://")
		}
		scheme, rest := url[:begin], url[begin:]
		at := strings.LastIndexByte(rest, '@')
		if at < 0 {
			continue
		}
		who := "xxxxx" // alone it is a token
		if name, _, ok := strings.Cut(rest[:at], ":"); ok {
			who = name + ":" + who
		}
		all[i] = scheme + who + rest[at:]
	}
	return strings.Join(all, ",")
}
