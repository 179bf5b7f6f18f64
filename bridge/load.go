package bridge

import (
	"context"
	"fmt"
	"time"
)

// loaded is a picture whose documents are of entries from low to high: it is right once
// all up to high has been folded into it.
type loaded struct {
	picture   *picture
	lineage   string
	low, high uint64
	at        time.Time
}

func (f *feed) load(ctx context.Context) (*loaded, error) {
	l := &loaded{picture: newPicture()}
	for from, first := "", true; first || from != ""; first = false {
		page, err := f.source.Picture(ctx, from)
		if err != nil {
			return nil, err
		}
		if first {
			l.lineage, l.low, l.at = page.Lineage, page.Entry, page.At
		}
		if page.Lineage != l.lineage {
			return nil, errAnew
		}
		l.low, l.high = min(l.low, page.Entry), max(l.high, page.Entry)
		for _, d := range page.Documents {
			c, err := changeOf(d)
			if err != nil {
				return nil, err
			}
			if c == nil {
				continue
			}
			if err := c.encode(); err != nil {
				return nil, err
			}
			l.picture.apply(c)
		}
		if page.Next != "" && page.Next <= from {
			return nil, fmt.Errorf("asking for the picture of %s: a page names itself as the next one", f.system)
		}
		from = page.Next
	}
	return l, nil
}
