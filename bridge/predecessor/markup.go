package predecessor

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"expertcontroller/schema"
)

// job is what the expert writes into a text as <<Name>> or <<Name::[A,B]>>.
type job struct {
	name       string
	subsystems []string
}

// The jobs that the expert knows.
const (
	stopAndStart       = "StopAndStartTheRun"
	redRecycle         = "RedRecycle"
	greenRecycle       = "GreenRecycle"
	redAndGreenRecycle = "RedAndGreenRecycle"
	ttcHardReset       = "TTCHardReset"
)

// readable is how a job reads in a title.
var readable = map[string]string{
	stopAndStart: "stop and start the run", redRecycle: "red recycle", greenRecycle: "green recycle",
	redAndGreenRecycle: "red & green recycle", ttcHardReset: "TTC hard reset",
}

var (
	markup = regexp.MustCompile(`<<([^<>]*)>>`)
	inside = regexp.MustCompile(`^\s*(\w+)\s*(?:::\s*(.*?)\s*)?$`)
	times  = regexp.MustCompile(`(?i)\s*\(?\s*(?:try )?up to (\d{1,3}) times\)?`)
	// afterwards begins a text that says what to do in the end.
	afterwards = regexp.MustCompile(`(?i)^\s*problem (not )?fixed\s*:\s*(.*)$`)
)

// jobs finds the jobs of a text, and gives the text as a person reads it.
func jobs(text string) (found []job, plain string, err error) {
	plain = markup.ReplaceAllStringFunc(text, func(m string) string {
		parts := inside.FindStringSubmatch(m[2 : len(m)-2])
		if parts == nil || readable[parts[1]] == "" {
			if err == nil {
				err = fmt.Errorf("%s is no job: write one of <<%s>>, <<%s::SUBSYSTEM>>, <<%s::SUBSYSTEM>>, <<%s::[A,B]>>, <<%s>>",
					schema.Shorten(m, 60), stopAndStart, redRecycle, greenRecycle, redAndGreenRecycle, ttcHardReset)
			}
			return m
		}
		j := job{name: parts[1], subsystems: names(parts[2])}
		found = append(found, j)
		if len(j.subsystems) == 0 {
			return readable[j.name]
		}
		return readable[j.name] + " of " + strings.Join(j.subsystems, ", ")
	})
	return found, capital(strings.TrimSpace(plain)), err
}

// names reads A, or [A,B].
func names(text string) []string {
	text = strings.TrimSuffix(strings.TrimPrefix(text, "["), "]")
	var out []string
	for _, name := range strings.Split(text, ",") {
		if name = strings.TrimSpace(name); name != "" {
			out = add(out, name)
		}
	}
	return out
}

// add adds a name once; the order stays.
func add(to []string, names ...string) []string {
	for _, name := range names {
		seen := false
		for _, have := range to {
			seen = seen || have == name
		}
		if !seen {
			to = append(to, name)
		}
	}
	return to
}

// attempts reads "up to 3 times"; without it, one.
func attempts(text string) int {
	if m := times.FindStringSubmatch(text); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil && n >= 1 && n <= 100 {
			return n
		}
	}
	return 1
}

func capital(s string) string {
	for _, text := range readable {
		if strings.HasPrefix(s, text) {
			return strings.ToUpper(s[:1]) + s[1:]
		}
	}
	return s
}

// aftercare takes what a text says is to be done in the end; false: it says nothing of the kind.
func aftercare(text string, into *schema.Aftercare) bool {
	m := afterwards.FindStringSubmatch(text)
	if m == nil {
		return false
	}
	list := &into.Completed
	if m[1] != "" {
		list = &into.Failed
	}
	if what := schema.Shorten(strings.TrimSpace(m[2]), 500); what != "" && len(*list) < 32 {
		*list = append(*list, what)
	}
	return true
}
