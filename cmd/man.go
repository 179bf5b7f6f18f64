package cmd

import (
	"strings"

	"github.com/alecthomas/kong"
)

type manCmd struct{}

// Help shows how it is used.
func (*manCmd) Help() string {
	return examples(`expertcontroller man | man -l -`, `expertcontroller man > /usr/local/share/man/man1/expertcontroller.1`)
}

// Run prints the manual page, made of the command tree.
func (*manCmd) Run(c *console) error {
	parser, err := newParser(&cli{}, c)
	if err != nil {
		return err
	}
	c.print("%s", manual(parser.Model.Node, build()))
	return nil
}

// page is a manual page as it is written.
type page struct{ strings.Builder }

// roff escapes what the formatter would take for its own.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		text = `\&` + text
	}
	return text
}

// macro writes a request with one argument that may hold spaces.
func (p *page) macro(name, text string) {
	p.WriteString("." + name + ` "` + strings.ReplaceAll(roff(text), `"`, `\(dq`) + "\"\n")
}

// text writes a paragraph; what is indented stays as it is.
func (p *page) text(text string) {
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		switch {
		case strings.TrimSpace(line) == "":
			p.WriteString(".PP\n")
		case strings.HasPrefix(line, "  "):
			p.WriteString(".nf\n.RS 4\n" + roff(strings.TrimSpace(line)) + "\n.RE\n.fi\n")
		default:
			p.WriteString(roff(line) + "\n.br\n")
		}
	}
}

// manual writes the page of a command tree.
func manual(root *kong.Node, version string) string {
	p := &page{}
	p.WriteString(".TH EXPERTCONTROLLER 1 \"\" \"expertcontroller " + strings.ReplaceAll(roff(version), `"`, "") + "\" \"User Commands\"\n")
	p.macro("SH", "NAME")
	p.WriteString("expertcontroller \\- carries out recoveries for a system under control\n")
	p.macro("SH", "SYNOPSIS")
	p.WriteString(".B expertcontroller\n.I command\n[\n.I flags\n]\n")
	p.macro("SH", "DESCRIPTION")
	p.text(description)
	p.macro("SH", "COMMANDS")
	for _, group := range []string{"run", "ask", "decide", "look"} {
		for _, child := range root.Children {
			if !child.Hidden && child.Group != nil && child.Group.Key == group {
				p.command(child)
			}
		}
	}
	p.macro("SH", "FLAGS OF EVERY COMMAND")
	p.flags(root)
	p.macro("SH", "FILES")
	p.WriteString(".TP\n.I $XDG_STATE_HOME/expertcontroller/last/\n" +
		roff("The last token that this user got of each system, which @last stands for (default: ~/.local/state).") + "\n")
	p.WriteString(".TP\n.I $XDG_CONFIG_HOME/nats/context/\n" + roff("The contexts of the nats command.") + "\n")
	p.macro("SH", "SEE ALSO")
	p.WriteString(".BR nats (1)\n")
	return p.String()
}

// command writes a command, or those that it is made of.
func (p *page) command(n *kong.Node) {
	if len(n.Children) > 0 {
		for _, child := range n.Children {
			if !child.Hidden {
				p.command(child)
			}
		}
		return
	}
	p.macro("SS", strings.TrimPrefix(n.Summary(), "expertcontroller "))
	p.text(n.Help)
	for _, arg := range n.Positional {
		if arg.Help != "" {
			p.WriteString(".TP\n.I " + roff(arg.Name) + "\n" + roff(arg.Help) + "\n")
		}
	}
	p.flags(n)
	if n.Detail != "" {
		p.WriteString(".PP\n")
		p.text(n.Detail)
	}
}

// flags writes a node's own flags.
func (p *page) flags(n *kong.Node) {
	for _, flag := range n.Flags {
		if flag.Hidden || flag.Name == "help" {
			continue
		}
		p.WriteString(".TP\n.B " + roff(flag.String()) + "\n" + roff(flag.Help) + "\n")
	}
}
