package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"expertcontroller/schema"
)

// carried is the most that the broker carries.
const carried = 1<<20 - 8<<10

// The longest texts there are: a page ends before no broker would carry it, and the next
// one goes on.
func TestLargePages(t *testing.T) {
	s, c := fresh(t), newChain("cms")
	long := strings.Repeat("\x01", 2000)
	const lines = 250
	apply(t, s, c.next(docs(inState(recovery("cms", 1, schema.Running)))))
	for i := range lines {
		apply(t, s, c.next(nil, schema.Event{Kind: schema.EventNote, Token: "cms-1", By: operator("anna"), Text: fmt.Sprint(i, " ", long)}))
	}
	fits := func(page any) {
		t.Helper()
		if out, err := schema.Encode(page); err != nil || len(out) > carried {
			t.Fatalf("a page takes %d bytes: %v", len(out), err)
		}
	}
	q := schema.AuditQuery{Token: "cms-1", Oldest: true, Limit: 1000}
	for n := 0; ; {
		page, err := s.Audit(context.Background(), "cms", q)
		if err != nil {
			t.Fatal(err)
		}
		fits(page)
		for _, e := range page.Events {
			if !strings.HasPrefix(e.Text, fmt.Sprint(n, " ")) {
				t.Fatalf("line %d is %.20q", n, e.Text)
			}
			n++
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			if n != lines {
				t.Errorf("%d lines of %d", n, lines)
			}
			break
		}
	}
	var refused *schema.Error
	if _, err := s.History(context.Background(), "cms", schema.HistoryQuery{Token: "cms-1"}); !errors.As(err, &refused) || refused.Code != 413 {
		t.Errorf("a trail that no answer holds: %v", err)
	}

	const records = 300
	for i := range records {
		apply(t, s, c.next(docs(inState(recovery("cms", uint64(i+2), schema.Failed, func(s *schema.Status) {
			s.Problems[0].Title, s.Problems[0].Key, s.Reason.Text = long[:200], long[:200], long
		})))))
	}
	h := schema.HistoryQuery{Limit: 500}
	for n := 0; ; {
		page, err := s.History(context.Background(), "cms", h)
		if err != nil {
			t.Fatal(err)
		}
		fits(page)
		for _, r := range page.Records {
			if r.Token != schema.Token("cms", uint64(records+1-n)) {
				t.Fatalf("record %d is %s", n, r.Token)
			}
			n++
		}
		if h.Cursor = page.Next; h.Cursor == "" {
			if n != records+1 {
				t.Errorf("%d records of %d", n, records+1)
			}
			break
		}
	}
}
