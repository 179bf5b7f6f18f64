package cmd

import (
	"context"
	_ "embed"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"expertcontroller/client"
	"expertcontroller/schema"
)

// completeCommand is what the shells' scripts call for every Tab; it is no command for
// people.
const completeCommand = "__complete"

// files, as a candidate, asks the shell to offer its own files.
const files = ":files"

// lookupTime is how long a Tab may take to ask which recoveries there are.
const lookupTime = 400 * time.Millisecond

//go:embed completion/bash.sh
var completionBash string

//go:embed completion/zsh.sh
var completionZsh string

//go:embed completion/fish.fish
var completionFish string

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help shows how it is used.
func (*completionCmd) Help() string {
	return `Prints what makes the shell complete commands, flags, their values, and the recoveries that there are.

` + examples(`source <(expertcontroller completion bash)    # in ~/.bashrc`,
		`source <(expertcontroller completion zsh)     # in ~/.zshrc, after compinit`,
		`expertcontroller completion fish > ~/.config/fish/completions/expertcontroller.fish`)
}

// Run prints the shell's script.
func (s *completionCmd) Run(c *console) error {
	c.print("%s", map[string]string{"bash": completionBash, "zsh": completionZsh, "fish": completionFish}[s.Shell])
	return nil
}

// candidate is what the word at the cursor may become.
type candidate struct{ word, help string }

// complete prints the candidates for the last of the words, a line each. Whatever goes
// wrong is no candidate: a Tab is no place for errors.
func complete(ctx context.Context, c *console, words []string) error {
	var tree cli
	parser, err := newParser(&tree, c)
	if err != nil {
		return err
	}
	if len(words) == 0 {
		words = []string{""}
	}
	at := standing(&tree.connection, parser.Model.Node, words[:len(words)-1])
	word := words[len(words)-1]
	for _, found := range at.candidates(ctx, word) {
		if found.word == files || strings.HasPrefix(found.word, word) {
			c.print("%s\t%s\n", clean(found.word), clean(strings.SplitN(found.help, "\n", 2)[0]))
		}
	}
	return nil
}

// place is where on the command line the cursor stands.
type place struct {
	node *kong.Node
	// value is the flag whose value comes next.
	value *kong.Flag
	// positionals are those before the cursor.
	positionals int
	// onlyPositionals: a -- came before.
	onlyPositionals bool
	// given is what the flags of the connection are read into.
	given *connection
}

// standing walks over the words before the cursor. given is where the flags at root read
// the connection into.
func standing(given *connection, root *kong.Node, words []string) *place {
	p := &place{node: root, given: given}
	for _, word := range words {
		switch {
		case p.value != nil:
			p.take(p.value, word)
			p.value = nil
		case word == "--" && !p.onlyPositionals:
			p.onlyPositionals = true
		case strings.HasPrefix(word, "-") && len(word) > 1 && !p.onlyPositionals:
			name, value, whole := strings.Cut(word, "=")
			if flag := p.flag(name); flag != nil && whole {
				p.take(flag, value)
			} else if flag != nil && !flag.IsBool() {
				p.value = flag
			}
		default:
			if child := childOf(p.node, word); child != nil {
				p.node = child
			} else {
				p.positionals++
			}
		}
	}
	return p
}

func childOf(n *kong.Node, name string) *kong.Node {
	for _, child := range n.Children {
		if child.Name == name {
			return child
		}
	}
	return nil
}

// take remembers what a lookup needs to find the broker; of a flag said twice the last.
func (p *place) take(flag *kong.Flag, value string) {
	if !ofConnection(flag) {
		return
	}
	was := reflect.ValueOf(flag.Target.Interface())
	flag.Target.SetZero()
	if err := flag.Parse(kong.ScanFromTokens(kong.Token{Type: kong.FlagValueToken, Value: value}), flag.Target); err != nil {
		flag.Target.Set(was) // what is no value is left out
	}
}

// ofConnection tells whether a flag says how the broker is reached.
func ofConnection(flag *kong.Flag) bool {
	return flag.Group != nil && flag.Group.Key == "Connection"
}

// flags are those of the command and of all above it.
func (p *place) flags() []*kong.Flag {
	var out []*kong.Flag
	for n := p.node; n != nil; n = n.Parent {
		for _, flag := range n.Flags {
			if !flag.Hidden {
				out = append(out, flag)
			}
		}
	}
	return out
}

func (p *place) flag(name string) *kong.Flag {
	for _, flag := range p.flags() {
		names := append([]string{flag.Name}, flag.Aliases...)
		if slices.Contains(names, strings.TrimPrefix(name, "--")) && strings.HasPrefix(name, "--") || flag.Short != 0 && name == "-"+string(flag.Short) {
			return flag
		}
	}
	return nil
}

func (p *place) candidates(ctx context.Context, word string) []candidate {
	if p.value != nil {
		return p.values(ctx, p.value.Value, "")
	}
	if strings.HasPrefix(word, "-") && !p.onlyPositionals {
		if name, _, whole := strings.Cut(word, "="); whole {
			if flag := p.flag(name); flag != nil {
				return p.values(ctx, flag.Value, name+"=")
			}
			return nil
		}
		var out []candidate
		for _, flag := range p.flags() {
			out = append(out, candidate{"--" + flag.Name, flag.Help})
		}
		return out
	}
	var out []candidate
	for _, child := range p.node.Children {
		if !child.Hidden {
			out = append(out, candidate{child.Name, child.Help})
		}
	}
	// The last positional may be repeated.
	if n := len(p.node.Positional); n > 0 {
		arg := p.node.Positional[min(p.positionals, n-1)]
		if p.positionals < n || arg.IsCumulative() {
			out = append(out, p.values(ctx, arg, "")...)
		}
	}
	return out
}

// values are what a flag or an argument may hold, each with what stands before it.
func (p *place) values(ctx context.Context, v *kong.Value, before string) []candidate {
	var out []candidate
	switch {
	case v.Enum != "":
		for _, word := range v.EnumSlice() {
			out = append(out, candidate{before + word, ""})
		}
	case v.Name == "state":
		for _, state := range states {
			out = append(out, candidate{before + state, ""})
		}
	case v.Name == "mode" && v.Flag == nil:
		for mode, means := range modeMeans {
			out = append(out, candidate{mode, strings.TrimPrefix(means, "mode "+mode+": ")})
		}
		slices.SortFunc(out, func(a, b candidate) int { return strings.Compare(a.word, b.word) })
	case v.Name == "file" || v.Flag != nil && (v.Flag.PlaceHolder == "FILE" || v.Flag.PlaceHolder == "DIR"):
		out = append(out, candidate{files, ""})
	case strings.HasPrefix(v.Name, "token") || v.Flag != nil && v.Flag.PlaceHolder == "T":
		for _, found := range p.recoveries(ctx) {
			out = append(out, candidate{before + found.word, found.help})
		}
	}
	return out
}

// recoveries are the ones that a person may mean: those that are open, and the last that ended.
func (p *place) recoveries(ctx context.Context) []candidate {
	out := []candidate{{lastToken, "the last one asked for here"}}
	o, err := p.given.options(schema.RoleOperator)
	if err != nil {
		return out
	}
	o.Timeout = lookupTime
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	cl, err := client.Connect(ctx, o)
	if err != nil {
		return out // nobody there: what was typed is completed by what is known here
	}
	defer cl.Close()
	now, err := cl.Overview(ctx)
	if err != nil {
		return out
	}
	var all []schema.Summary
	if now.UnderWay != nil {
		all = append(all, *now.UnderWay)
	}
	for _, s := range append(append(all, now.Postponed...), now.Recent...) {
		out = append(out, candidate{s.Token, fmt.Sprintf("%s: %s", s.State, s.Title)})
	}
	return out
}
