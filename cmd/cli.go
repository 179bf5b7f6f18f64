package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

// cli is the command tree.
type cli struct {
	connection
	JSON bool `name:"json" help:"Print JSON, one document per line." group:"Output"`

	Version kong.VersionFlag `help:"Print the version."`

	Serve      serveCmd      `cmd:"" group:"run" help:"Run a controller."`
	Demo       demoCmd       `cmd:"" group:"run" help:"See it at work: a controller, a simulated plant, its expert, and an agent that plays."`
	Bridge     bridgeCmd     `cmd:"" group:"run" help:"Run the dashboard and the HTTP API alone."`
	Agent      agentCmd      `cmd:"" group:"run" help:"Run an agent, or stop what it does."`
	Request    requestCmd    `cmd:"" group:"ask" help:"Ask for a recovery."`
	Status     statusCmd     `cmd:"" group:"ask" help:"Look once at recoveries."`
	Wait       waitCmd       `cmd:"" group:"ask" help:"Wait until recoveries have ended."`
	Watch      watchCmd      `cmd:"" group:"ask" help:"Follow a system, or one recovery, live."`
	Clear      clearCmd      `cmd:"" group:"ask" help:"Say that a problem is gone."`
	Approve    approveCmd    `cmd:"" group:"decide" help:"Let a step start."`
	Decline    declineCmd    `cmd:"" group:"decide" help:"Do not let a step start; a step by hand can't be done."`
	Clarify    clarifyCmd    `cmd:"" group:"decide" help:"Say what became of a step: by hand, or with an unknown outcome."`
	Interrupt  interruptCmd  `cmd:"" group:"decide" help:"Stop a recovery."`
	Mode       modeCmd       `cmd:"" group:"decide" help:"Change how a system is run, or see it."`
	Hold       holdCmd       `cmd:"" group:"decide" help:"Keep requests for a problem away for a while."`
	Note       noteCmd       `cmd:"" group:"decide" help:"Leave a remark with a recovery."`
	Policy     policyCmd     `cmd:"" group:"decide" help:"See the policy in force, or put another in force."`
	Show       showCmd       `cmd:"" group:"look" help:"Tell the story of one recovery."`
	History    historyCmd    `cmd:"" group:"look" help:"List recoveries that there were."`
	Statistics statisticsCmd `cmd:"" group:"look" help:"Figures over a time."`
	Actions    actionsCmd    `cmd:"" group:"look" help:"List what agents offer."`
	Key        keyCmd        `cmd:"" group:"run" help:"Make an API key for those who come over HTTP."`
	Schema     schemaCmd     `cmd:"" group:"look" help:"The messages' JSON Schemas."`
	Crowd      crowdCmd      `cmd:"" hidden:"" help:"Many dashboards at once, for benchmarks."`
}

const description = `Carries out recoveries for a system under control: experts ask, operators approve, agents act.

Environment: NATS_URL, NATS_CONTEXT, NATS_CREDS and so on, as for the nats command; EXPERTCONTROLLER_SYSTEM; NO_COLOR.
Exit codes: 0 completed or done, 1 error, 2 usage, 3 failed, 4 cancelled, 5 rejected or refused, 6 still open.`

// exampled is a command that shows how it is used.
type exampled interface{ Help() string }

// examples writes the lines that a command's help ends with.
func examples(lines ...string) string {
	return "Examples:\n  " + strings.Join(lines, "\n  ")
}

// stopped unwinds the parser after it has printed help.
type stopped int

// Main runs the program and gives its exit code. When the context ends, the command
// stops what it does.
func Main(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) (code int) {
	defer func() {
		if r := recover(); r != nil {
			if s, ok := r.(stopped); ok {
				code = int(s)
				return
			}
			panic(r)
		}
	}()
	c := newConsole(stdin, stdout, stderr)
	var tree cli
	parser, err := newParser(&tree, c)
	if err != nil {
		return c.complain(err)
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		return c.complain(usagef("%w; see expertcontroller %s--help", err, commandOf(err)))
	}
	c = c.at(tree.Server)
	c.json = tree.JSON
	parsed.BindTo(ctx, (*context.Context)(nil))
	result := &checked{Writer: c.out}
	c.out = result
	err = parsed.Run(c, &tree.connection)
	if wrong := result.err; wrong != nil && !errors.Is(err, wrong) {
		wrong = fmt.Errorf("writing the result, which is not whole: %w; look where stdout goes", wrong)
		// An exit code would speak for a result that nobody has.
		if silent := exit(0); errors.As(err, &silent) {
			err = nil
		}
		err = errors.Join(err, wrong)
	}
	return c.complain(err)
}

func newParser(tree *cli, c *console) (*kong.Kong, error) {
	return kong.New(tree,
		kong.Name("expertcontroller"),
		kong.Description(description),
		kong.Writers(c.out, c.err),
		kong.Vars{"version": "expertcontroller " + build()},
		kong.Exit(func(code int) { panic(stopped(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true, FlagsLast: true, WrapUpperBound: 110}),
		kong.ExplicitGroups([]kong.Group{
			{Key: "run", Title: "Run:"},
			{Key: "ask", Title: "Ask and follow:"},
			{Key: "decide", Title: "Decide:"},
			{Key: "look", Title: "Look things up:"},
		}),
	)
}

// commandOf gives the command that a wrong command line was about, and a space.
func commandOf(err error) string {
	var wrong *kong.ParseError
	if errors.As(err, &wrong) && wrong.Context != nil && wrong.Context.Selected() != nil {
		return strings.TrimPrefix(wrong.Context.Selected().Path(), "expertcontroller ") + " "
	}
	return ""
}

// complain says what went wrong, and gives the exit code.
func (c *console) complain(err error) int {
	var silent exit
	if err != nil && !errors.As(err, &silent) {
		fmt.Fprintf(c.err, "expertcontroller: %s\n", cleanLines(err.Error()))
	}
	return codeOf(err)
}
