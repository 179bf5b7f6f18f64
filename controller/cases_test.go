package controller

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// Each file of testdata/cases is a transcript: why the case exists, what comes in,
// and, indented, what the machine answered, what happened, and how the recoveries
// then stand. `go test ./controller -run TestCases -update` rewrites what is
// indented; a person reads the difference.
//
// Commands (options are name=value; a value with spaces is quoted):
//
//	policy observe=5s hold=0s …            a new policy, by operator root
//	agent NAME offers ACTION,…             what an agent offers
//	wait DURATION                          time passes, and deadlines are looked at
//	away DURATION                          time passes, and no controller is there
//	expert|operator NAME request PROBLEM [title= key= steps=A,B*2,hand relation=KIND:TOKEN
//	    cure= probe=ACTION automatic priority= observe= timeout= not_before=+D expires=+D
//	    pause= needed=[STEP:]ACTION]; A@x+y is a group of x and y in series, A@x/y in parallel
//	expert|operator NAME cleared PROBLEM [expert=]
//	operator NAME decide PROMPT DECISION [step= override hold= note=]
//	operator NAME interrupt [TOKEN]   mode MODE   hold expert= key=|problem= for=   note TOKEN TEXT
//	agent NAME claim|progress|result TOKEN STEP ATTEMPT CLAIM [OUTCOME] [probe by= text= needed=true|false]
//	observe unclaimed|silent|unconfirmed TOKEN STEP ATTEMPT [probe]   observe expert_silent TOKEN EXPERT,…
//	restart                                a fresh replica folds the log and goes on
//	batch … end                            what stands between is decided together
//
// Every message takes id=, deadline=+D, and told=AGE: it came from the inbox, AGE ago.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("../testdata/cases/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases found: %v", err)
	}
	reached := map[[2]int]int{}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := runCase(newWorld(t, "cms"), string(want), reached)
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != string(want) {
				t.Errorf("the transcript differs:\n%s", firstDifference(string(want), got))
			}
		})
	}
	if !t.Failed() {
		cellsHaveTranscripts(t, reached)
	}
}

// cellsHaveTranscripts: every cell that says something of its own is used by a transcript.
func cellsHaveTranscripts(t *testing.T, reached map[[2]int]int) {
	for s := range situations {
		for w := range whats {
			if c := table[s][w]; c.then != otherwise[w].then && c.then != void.then && reached[[2]int{int(s), int(w)}] == 0 {
				t.Errorf("no transcript shows what happens at %s x %s: %s", s, w, c.then)
			}
		}
	}
}

// transcriptsLead gives the states that each cell leads to in a transcript, as bits.
func transcriptsLead(t *testing.T) map[[2]int]int {
	files, err := filepath.Glob("../testdata/cases/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	reached := map[[2]int]int{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		w := newWorld(t, "cms")
		w.light, w.once = true, true // TestCases folds them
		runCase(w, string(text), reached)
	}
	return reached
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		a, b := "(end)", "(end)"
		if i < len(w) {
			a = w[i]
		}
		if i < len(g) {
			b = g[i]
		}
		if a != b {
			last := ""
			for j := min(i, len(w)-1); j >= 0; j-- {
				if w[j] != "" && !strings.HasPrefix(w[j], " ") {
					last = w[j]
					break
				}
			}
			return fmt.Sprintf("line %d, after %q\nwant %s\ngot  %s", i+1, last, a, b)
		}
	}
	return "no difference"
}

func runCase(w *world, text string, reached map[[2]int]int) string {
	var out strings.Builder
	var batch []Input
	batching := false
	for n, raw := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		if strings.HasPrefix(raw, "  ") {
			continue
		}
		out.WriteString(raw + "\n")
		cmd := strings.TrimSpace(raw)
		if cmd == "" || strings.HasPrefix(cmd, "#") {
			continue
		}
		words := splitWords(cmd)
		switch words[0] {
		case "wait", "away":
			d, err := time.ParseDuration(words[1])
			if err != nil {
				w.t.Fatalf("line %d: %v", n+1, err)
			}
			w.now = w.now.Add(d)
			if !batching && words[0] == "wait" {
				report(&out, w, w.step(), reached)
			}
		case "restart":
			if !w.light {
				w.restart()
			}
		case "batch":
			batching, batch = true, nil
		case "end":
			batching = false
			report(&out, w, w.step(batch...), reached)
		default:
			in, err := w.parse(words)
			if err != nil {
				w.t.Fatalf("line %d: %s: %v", n+1, cmd, err)
			}
			if batching {
				batch = append(batch, in)
				continue
			}
			report(&out, w, w.step(in), reached)
		}
	}
	w.same()
	return out.String()
}

func report(out *strings.Builder, w *world, d Decision, reached map[[2]int]int) {
	for _, r := range d.Rulings {
		reached[[2]int{int(r.from), int(r.what)}] |= 1 << slices.Index(endNames, r.to)
	}
	for _, a := range d.Answers {
		fmt.Fprintf(out, "  %s", a.Verdict)
		if a.Token != "" {
			fmt.Fprintf(out, " %s", a.Token)
		}
		if a.Reason.Code != "" || a.Reason.Text != "" {
			fmt.Fprintf(out, " [%s] %s", a.Reason.Code, a.Reason.Text)
		}
		if a.BlockedBy != nil {
			fmt.Fprintf(out, " (blocked by %s: %s)", a.BlockedBy.Token, strings.Join(a.BlockedBy.Problems, ", "))
		}
		out.WriteString("\n")
	}
	for _, e := range d.Events {
		fmt.Fprintf(out, "  - %s %s %s: %s\n", e.Kind, e.Token, e.By, e.Text)
	}
	seen := map[string]bool{}
	for _, c := range d.Changes {
		r := statusOf(&c)
		if r == nil || seen[c.Key()] {
			continue
		}
		seen[c.Key()] = true
		if now := w.state.Recovery(r.Token); now != nil {
			r = now
		}
		fmt.Fprintf(out, "  %s\n", line(r))
	}
}
