package cmd

import (
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"expertcontroller/schema"
)

// candidatesFor gives the words that a Tab at the end of a command line offers.
func candidatesFor(t *testing.T, words ...string) string {
	t.Helper()
	g := runCommand(t.Context(), "", append([]string{completeCommand, "--"}, words...)...)
	if g.code != 0 || g.err != "" {
		t.Fatalf("%v: exit code %d, stderr %s", words, g.code, g.err)
	}
	var out []string
	for _, line := range strings.Split(strings.TrimSpace(g.out), "\n") {
		word, _, _ := strings.Cut(line, "\t")
		out = append(out, word)
	}
	return strings.Join(out, " ")
}

func TestCompletion(t *testing.T) {
	t.Setenv("NATS_URL", "nats://127.0.0.1:1")
	for _, c := range []struct{ words, want string }{
		{"wa", "wait watch"},
		{"policy ", "show apply test"},
		{"agent ab", "abort"},
		{"wait --fi", "--first-failure"},
		{"wait --int", "--interval"},
		{"wait --interval 1s --co", "--consume --count --context --colour"},
		{"--colour a", "auto always"},
		{"--colour=al", "--colour=always"},
		{"--color=n", "--color=never"},
		{"--system cms history --state co", "completed"},
		{"history --state can", "cancelled"},
		{"history --format c", "csv"},
		{"clarify cms-1 r", "retry"},
		{"mode a", "approval automatic"},
		{"request ", ":files"},
		{"--creds ", ":files"},
		{"status @", "@last"},
		{"status cms-1 @", "@last"},
		{"show cms-1 ", ""},
		{"approve @l", "@last"},
		{"request - --preempt @", "@last"},
		{"completion z", "zsh"},
		{"nonsense --wrong x", ""},
		{"__", ""},
	} {
		if got := candidatesFor(t, strings.Split(c.words, " ")...); got != c.want {
			t.Errorf("%q: %q, want %q", c.words, got, c.want)
		}
	}

	t.Run("recoveries are offered, from the broker that was said", func(t *testing.T) {
		r := newResponder(t)
		r.on("overview", schema.Overview{System: "cms", UnderWay: &schema.Summary{Token: "cms-9", State: schema.Running}, Recent: []schema.Summary{{Token: "cms-7"}}})
		if got := candidatesFor(t, "--server", r.url, "--system", "cms", "wait", "cms"); got != "cms-9 cms-7" {
			t.Error(got)
		}
		if subject, _ := r.last("overview"); subject != "recovery.cms.query.overview" {
			t.Error(subject)
		}
	})
	t.Run("a broker that wants a user and a password is asked with those that were said", func(t *testing.T) {
		r := newResponderFor(t, "anna", "secret")
		r.on("overview", schema.Overview{System: "cms", UnderWay: &schema.Summary{Token: "cms-9", State: schema.Running}})
		if got := candidatesFor(t, "-s", r.url, "--user", "anna", "--password=secret", "--system=hcal", "--system", "cms", "wait", "cms"); got != "cms-9" {
			t.Error(got)
		}
		if subject, _ := r.last("overview"); subject != "recovery.cms.query.overview" {
			t.Error(subject)
		}
	})
	t.Run("a system of the environment is the one that is asked", func(t *testing.T) {
		r := newResponder(t)
		r.on("overview", schema.Overview{System: "cms", UnderWay: &schema.Summary{Token: "cms-9", State: schema.Running}})
		t.Setenv("EXPERTCONTROLLER_SYSTEM", "cms")
		for system, words := range map[string][]string{
			"cms":  {"--server", r.url, "wait", "cms"},
			"hcal": {"--server", r.url, "--system", "hcal", "wait", "cms"},
		} {
			if got := candidatesFor(t, words...); got != "cms-9" {
				t.Error(got)
			}
			if subject, _ := r.last("overview"); subject != "recovery."+system+".query.overview" {
				t.Error(subject)
			}
		}
	})
	t.Run("every flag of the connection is taken", func(t *testing.T) {
		var tree cli
		parser, err := newParser(&tree, newConsole(strings.NewReader(""), &lockedBuffer{}, &lockedBuffer{}))
		if err != nil {
			t.Fatal(err)
		}
		var words []string
		for _, flag := range parser.Model.Flags {
			if ofConnection(flag) {
				words = append(words, "--"+flag.Name, "its "+flag.Name)
			}
		}
		given := reflect.ValueOf(standing(&tree.connection, parser.Model.Node, append(words, "wait")).given).Elem()
		for i := range given.NumField() {
			if given.Field(i).IsZero() {
				t.Errorf("%s is left out", given.Type().Field(i).Name)
			}
		}
		if given.NumField() != len(words)/2 {
			t.Errorf("a connection has %d fields, and %d flags", given.NumField(), len(words)/2)
		}
	})
	t.Run("flags tell what they do", func(t *testing.T) {
		g := runCommand(t.Context(), "", completeCommand, "--", "wait", "--any")
		if g.out != "--any\tUntil the first of them has ended.\n" {
			t.Errorf("%q", g.out)
		}
	})
}

// The scripts are what the shells take.
func TestCompletionScripts(t *testing.T) {
	for shell, script := range map[string]string{"bash": completionBash, "zsh": completionZsh, "fish": completionFish} {
		if g := runCommand(t.Context(), "", "completion", shell); g.code != 0 || g.out != script || !strings.Contains(script, completeCommand+" --") {
			t.Errorf("%s: %d %s", shell, g.code, g.out)
		}
	}
	check := exec.CommandContext(t.Context(), "bash", "-n")
	check.Stdin = strings.NewReader(completionBash)
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	runCommand(t.Context(), "", "completion", "tcsh").want(t, 2, "", "bash")
}

// The manual names every command and flag, and its texts stay texts.
func TestManual(t *testing.T) {
	g := runCommand(t.Context(), "", "man")
	if g.code != 0 {
		t.Fatal(g.err)
	}
	plain := strings.NewReplacer(`\-`, "-", `\e`, `\`, `\(dq`, `"`, `\&`, "").Replace(g.out)
	parser, err := newParser(&cli{}, newConsole(strings.NewReader(""), &lockedBuffer{}, &lockedBuffer{}))
	if err != nil {
		t.Fatal(err)
	}
	var visit func(n *kong.Node)
	visit = func(n *kong.Node) {
		if n.Hidden {
			return
		}
		for _, flag := range n.Flags {
			if flag.Name != "help" && !strings.Contains(plain, "\n.B "+flag.String()+"\n") && !strings.Contains(plain, ", --"+flag.Name) {
				t.Errorf("%s --%s is missing", n.Path(), flag.Name)
			}
		}
		if len(n.Children) == 0 && !strings.Contains(plain, "\n"+n.Help+"\n") {
			t.Errorf("%s is missing", n.Path())
		}
		for _, child := range n.Children {
			visit(child)
		}
	}
	visit(parser.Model.Node)
	for _, line := range strings.Split(g.out, "\n") {
		if strings.HasPrefix(line, ".") && !strings.Contains(".TH .SH .SS .PP .TP .B .I .BR .br .nf .fi .RS .RE", strings.Fields(line)[0]) || strings.HasPrefix(line, "'") {
			t.Errorf("no request of ours: %q", line)
		}
	}
	if got := roff(`.x -\ 'y`); got != `\&.x \-\e 'y` {
		t.Error(got)
	}
}
