package bridge

import (
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"expertcontroller/schema"
)

const (
	// exportMost is how many lines an export has at most, exportPage how many are asked for at a time.
	exportMost = 10_000
	exportPage = 500
	csvTime    = "2006-01-02T15:04:05.000Z"
)

// export writes the records that fit as a table, page after page.
func (c *call) export() (any, *schema.Error) {
	q, bad := c.historyQuery()
	if bad != nil {
		return nil, bad
	}
	most := exportMost
	if q.Limit > 0 {
		most = q.Limit
	}
	q.Limit = min(most, exportPage)
	ctx, cancel := context.WithTimeout(c.r.Context(), 25*time.Second)
	defer cancel()
	var w *csv.Writer
	n := 0
	for r, err := range c.looking().HistoryAll(ctx, q) {
		if err != nil && w == nil {
			return nil, errorOf(err)
		}
		if err != nil {
			// The table has begun: whoever reads it must see that it is not whole.
			panic(http.ErrAbortHandler)
		}
		if w == nil {
			w = c.tableOf(q)
		}
		if err := w.Write(csvRow(r)); err != nil {
			return nil, nil // whoever asked has gone
		}
		if n++; n >= most {
			break
		}
	}
	if w == nil {
		w = c.tableOf(q)
	}
	w.Flush()
	return nil, nil
}

func (c *call) tableOf(_ schema.HistoryQuery) *csv.Writer {
	h := c.w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s-recoveries.csv"`, c.system))
	h.Set("Cache-Control", "no-store")
	w := csv.NewWriter(c.w)
	_ = w.Write([]string{"token", "created", "ended", "asked_by", "problems", "key", "title", "state", "code", "text", "step", "steps", "joined", "priority", "simulated"})
	return w
}

func csvRow(r schema.Summary) []string {
	ended := ""
	if r.Ended != nil {
		ended = r.Ended.UTC().Format(csvTime)
	}
	row := []string{
		r.Token, r.Created.UTC().Format(csvTime), ended, r.AskedBy.Role + " " + r.AskedBy.Name,
		strings.Join(r.Problems, " "), r.Key, r.Title, r.State, r.Reason.Code, r.Reason.Text,
		strconv.Itoa(r.Step), strconv.Itoa(r.Steps), r.Joined, strconv.Itoa(r.Priority), strconv.FormatBool(r.Simulated),
	}
	for i := range row {
		row[i] = plainCell(row[i])
	}
	return row
}

// plainCell keeps a spreadsheet from taking an expert's text for a formula.
func plainCell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		if _, err := strconv.Atoi(s); err != nil {
			return "'" + s
		}
	}
	return s
}
