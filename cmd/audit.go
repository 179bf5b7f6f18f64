package cmd

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"strconv"
	"time"

	"expertcontroller/client"
	"expertcontroller/schema"
)

type auditCmd struct {
	List       auditListCmd       `cmd:"" default:"withargs" help:"List what happened: who did what, via what, when, in which entry, and why."`
	Verify     auditVerifyCmd     `cmd:"" help:"Walk the log's hash chain, and compare the database with it."`
	Export     auditExportCmd     `cmd:"" help:"Write the log as lines of JSON, for an archive; verify --file checks them."`
	Key        auditKeyCmd        `cmd:"" help:"Make the key that checkpoints are signed with."`
	Checkpoint auditCheckpointCmd `cmd:"" help:"Sign how far the log is, for somebody outside to keep."`
}

type auditListCmd struct {
	Who    string   `placeholder:"NAME" help:"Only what this person or program did."`
	Via    string   `placeholder:"WAY" help:"Only what came this way: bridge, call, tell, controller."`
	Kind   []string `placeholder:"KIND" help:"Only events of these kinds, as the list names them."`
	Token  string   `placeholder:"T" help:"Only of this recovery."`
	Text   string   `placeholder:"TEXT" help:"Only with this in the text; * stands for anything."`
	Since  *when    `placeholder:"TIME" help:"Only since then: a time, a day, or how long ago, as in 24h."`
	Until  *when    `placeholder:"TIME" help:"Only before then."`
	Entry  uint64   `placeholder:"N" help:"Only of this entry of the log."`
	After  uint64   `placeholder:"N" help:"Only of entries behind this one."`
	Oldest bool     `help:"The oldest first."`
	Follow bool     `help:"Go on with what happens, until Ctrl-C; the oldest first."`
	Limit  int      `default:"100" placeholder:"N" help:"How many at most (default 100); 0: all."`
	Format string   `enum:"table,json,csv" default:"table" help:"table, json or csv."`
}

// Help shows how it is used.
func (*auditListCmd) Help() string {
	return `Newest first; with --oldest, oldest first, as show tells a recovery. Times are UTC. With --follow it begins behind --after N, or with what comes.

` + examples(`expertcontroller audit --who anna --since 24h`, `expertcontroller audit --kind approved,declined,decision_refused --token cms-37`,
		`expertcontroller audit --follow --after 4711 --json`)
}

// auditPause lies between two looks of a list that follows.
const auditPause = time.Second

// Run lists the events.
func (a *auditListCmd) Run(ctx context.Context, c *console, f *connection) error {
	if a.Limit < 0 {
		return usagef("--limit: say a number, or 0 for all")
	}
	if a.Token != "" {
		token, err := c.token(f, a.Token)
		if err != nil {
			return err
		}
		a.Token = token
	}
	cl, err := f.operator(ctx)
	if err != nil {
		return err
	}
	defer cl.Close()
	c.since(ctx, cl, a.Since, a.Until)
	q := schema.AuditQuery{
		Who: a.Who, Via: a.Via, Kind: a.Kind, Token: a.Token, Text: a.Text, Since: a.Since.pointer(), Until: a.Until.pointer(),
		Entry: a.Entry, Behind: a.After, Oldest: a.Oldest || a.Follow,
	}
	out := &auditLines{console: c, format: a.Format}
	if c.json {
		out.format = "json"
	}
	if a.Follow {
		return a.follow(ctx, cl, q, out)
	}
	left := a.Limit
	for {
		q.Limit = 1000
		if a.Limit > 0 {
			q.Limit = min(left, 1000)
		}
		page, err := cl.Audit(ctx, q)
		if err != nil {
			return err
		}
		if err := out.add(page.Events); err != nil {
			return err
		}
		left -= len(page.Events)
		if q.Cursor = page.Next; page.Next == "" || a.Limit > 0 && left <= 0 {
			return out.end(page)
		}
	}
}

// follow asks again and again for what came since: no gap and nothing twice, whatever is
// cut meanwhile.
func (a *auditListCmd) follow(ctx context.Context, cl *client.Client, q schema.AuditQuery, out *auditLines) error {
	out.live = true
	if a.After == 0 && q.Since == nil {
		page, err := cl.Audit(ctx, schema.AuditQuery{Limit: 1})
		if err != nil {
			return err
		}
		q.Behind = page.Entry
	}
	q.Limit = 1000
	silent := false
	for {
		page, err := cl.Audit(ctx, q)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, client.ErrNoController), errors.Is(err, client.ErrNoAnswer), errors.Is(err, client.ErrNoBroker), errors.Is(err, client.ErrBehind):
			if !silent {
				out.console.say("nobody answers for the moment; it goes on from entry %d: %s", q.Behind, clean(err.Error()))
			}
			silent = true
		case err != nil:
			return err
		default:
			silent = false
			if err := out.add(page.Events); err != nil {
				return err
			}
			if q.Cursor = page.Next; page.Next != "" {
				continue
			}
			q.Behind = max(q.Behind, page.Entry)
		}
		timer := time.NewTimer(auditPause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
	}
}

// auditLines writes events in one of the formats.
type auditLines struct {
	console *console
	format  string
	live    bool
	table   *grid
	csv     *csv.Writer
	n       int
}

func (l *auditLines) add(events []schema.Event) error {
	for _, e := range events {
		l.n++
		var err error
		switch {
		case l.format == "json":
			err = l.console.printJSON(e)
		case l.format == "csv":
			err = l.row(e)
		case l.live:
			l.console.print("%s  %-18s %s%s\n", moment(e.At), clean(e.Kind), clean(l.text(e)), byline(e))
		default:
			if l.table == nil {
				l.table = newGrid("", "When", "Entry", "Recovery", "What", "Who", "Via", "Text")
			}
			l.table.row(moment(e.At), strconv.FormatUint(e.Entry, 10), clean(e.Token), clean(e.Kind), clean(e.By.String()), clean(e.By.Via), clean(l.reason(e)))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (l *auditLines) text(e schema.Event) string {
	if e.Token == "" {
		return l.reason(e)
	}
	return e.Token + ": " + l.reason(e)
}

func (*auditLines) reason(e schema.Event) string {
	if e.Code == "" {
		return e.Text
	}
	return e.Code + ": " + e.Text
}

func (l *auditLines) row(e schema.Event) error {
	if l.csv == nil {
		l.csv = csv.NewWriter(l.console.out)
		if err := l.csv.Write([]string{"at", "entry", "token", "kind", "role", "name", "via", "auth", "step", "attempt", "prompt", "code", "text"}); err != nil {
			return fmt.Errorf("writing csv: %w", err)
		}
	}
	row := []string{
		e.At.UTC().Format("2006-01-02T15:04:05.000Z"), strconv.FormatUint(e.Entry, 10), e.Token, e.Kind, e.By.Role, e.By.Name, e.By.Via, e.By.Auth,
		strconv.Itoa(e.Step), strconv.Itoa(e.Attempt), e.Prompt, e.Code, e.Text,
	}
	for i := range row {
		row[i] = clean(row[i])
	}
	if err := l.csv.Write(row); err != nil {
		return fmt.Errorf("writing csv: %w", err)
	}
	l.csv.Flush()
	return l.csv.Error()
}

func (l *auditLines) end(page schema.Audit) error {
	if l.format == "table" {
		if l.table == nil {
			l.table = newGrid("", "When")
		}
		l.console.grid(l.table, "nothing that happened fits")
	}
	if page.Next != "" {
		l.console.say("there is more: --limit 0 lists all, --since and --until less")
	}
	if page.First > 1 {
		l.console.say("what happened before entry %d was let go, as the policy's retention says", page.First)
	}
	return nil
}
