package store

import (
	"cmp"
	"context"
	"slices"

	"github.com/jmoiron/sqlx"
)

// span is a range of ids: low <= id < high.
type span struct{ low, high int64 }

const (
	// sampled is how many of the newest numbers tell how long a list is.
	sampled = 16384
	// enough is how many of a sample tell it well enough.
	enough = 64
	// countedAtMost is how many are counted of a list that the newest numbers don't tell of.
	countedAtMost = 4096
	// muchLonger is how many times longer than the shortest a list may be: testing one
	// record costs as much as going on by so many.
	muchLonger = 30
	// mostCandidates is how many records are tested at a time.
	mostCandidates = 4096
)

// newest gives the ids of the newest records in the span that fit all filters, and the
// extra condition, newest first. Lists are gone through together, newest first; what is in
// all of them is tested for the rest.
func newest(ctx context.Context, tx *sqlx.Tx, in span, filters []filter, extra fragment, limit int) ([]int64, error) {
	lists, density, rest, err := plan(ctx, tx, in, filters)
	if err != nil || rest == nil {
		return nil, err
	}
	where := extra.and(*rest)
	if len(lists) == 0 {
		var ids []int64
		all := fragment{`SELECT r.id FROM records r WHERE r.id >= ? AND r.id < ?`, []any{in.low, in.high}}
		all = all.and(where).and(fragment{` ORDER BY r.id DESC LIMIT ?`, []any{limit}})
		err := tx.SelectContext(ctx, &ids, all.text, all.args...)
		return ids, err
	}
	var found []int64
	for want := limit; ; want = min(4*want, mostCandidates) {
		candidates, err := inAll(ctx, tx, lists, density, in, want)
		if err != nil || len(candidates) == 0 {
			return found, err
		}
		// Also those that are tested for nothing: what happened may name what has no record.
		test := fragment{text: `SELECT r.id FROM records r WHERE r.id IN (` + numberList(candidates) + `)`}.and(where)
		var fit []int64
		if err := tx.SelectContext(ctx, &fit, test.text, test.args...); err != nil {
			return nil, err
		}
		newestFirst(fit)
		found = append(found, fit[:min(len(fit), limit-len(found))]...)
		if len(found) == limit || len(candidates) < want {
			return found, nil
		}
		in.high = candidates[len(candidates)-1]
	}
}

// plan says which lists are gone through, how many records of a span of one are in the
// shortest, and what the rest of the filters test; rest is nil where nothing can fit.
func plan(ctx context.Context, tx *sqlx.Tx, in span, filters []filter) (lists []*list, density float64, rest *fragment, err error) {
	lengths := map[*list]float64{}
	predicates := map[*list]fragment{}
	rest = &fragment{}
	test := func(predicate fragment) { *rest = rest.and(fragment{text: ` AND `}).and(predicate) }
	for _, f := range filters {
		if f.nothing() {
			return nil, 0, nil, nil
		}
		if f.list == nil {
			test(f.predicate)
			continue
		}
		lists = append(lists, f.list)
		predicates[f.list] = f.predicate
	}
	// Of a single run the order is known, whatever its length.
	if len(lists) == 0 || len(lists) == 1 && lists[0].parts == 1 {
		return lists, 1, rest, nil
	}
	for _, l := range lists {
		if lengths[l], err = l.length(ctx, tx, in); err != nil {
			return nil, 0, nil, err
		}
	}
	slices.SortStableFunc(lists, func(a, b *list) int { return cmp.Compare(lengths[a], lengths[b]) })
	shortest := lengths[lists[0]]
	for n := len(lists) - 1; n > 0 && lengths[lists[n]] > muchLonger*shortest; n-- {
		test(predicates[lists[n]])
		lists = lists[:n]
	}
	return lists, shortest / float64(max(1, in.high-in.low)), rest, nil
}

// length tells about how many records of the span are in the list: as if all of the span
// were like the newest of it, unless that tells too little.
func (l *list) length(ctx context.Context, tx *sqlx.Tx, in span) (float64, error) {
	count := func(in span, most int) (n int, err error) {
		rows := l.within(in)
		err = tx.GetContext(ctx, &n, `SELECT count(*) FROM (`+rows.text+` LIMIT ?)`, append(rows.args, most)...)
		return n, err
	}
	from := max(in.low, in.high-sampled)
	n, err := count(span{from, in.high}, sampled)
	if err != nil || from == in.low {
		return float64(n), err
	}
	if n >= enough {
		return float64(n) * float64(in.high-in.low) / sampled, nil
	}
	n, err = count(in, countedAtMost)
	return float64(n), err
}

// inAll gives the newest records of the span that are in all lists, newest first.
func inAll(ctx context.Context, tx *sqlx.Tx, lists []*list, density float64, in span, want int) ([]int64, error) {
	// Runs of an index are in order, and SQLite stops when it has enough. What is made of
	// several has to be sorted: therefore in windows, each longer than the one before.
	window := in.high - in.low
	for _, l := range lists {
		if l.parts > 1 {
			window = min(window, sampled)
			if likely := 4 * float64(want) / density; likely > sampled {
				window = min(in.high-in.low, int64(min(likely, 1<<numberBits)))
			}
		}
	}
	var found []int64
	for ; in.low < in.high && len(found) < want; window *= 4 {
		low := max(in.low, in.high-window)
		all := intersection(lists, span{low, in.high}, want-len(found))
		var ids []int64
		if err := tx.SelectContext(ctx, &ids, all.text, all.args...); err != nil {
			return nil, err
		}
		found = append(found, ids...)
		in.high = low
	}
	return found, nil
}

// intersection is the statement for the newest records that are in all lists. With ORDER BY,
// SQLite goes through all of them at once, without putting any aside.
func intersection(lists []*list, in span, limit int) fragment {
	var all fragment
	for i, l := range lists {
		if i > 0 {
			all.text += ` INTERSECT `
		}
		all = all.and(l.within(in))
	}
	if len(lists) == 1 && lists[0].parts > 1 {
		// A record may be in several of its runs.
		all.text = `SELECT DISTINCT record FROM (` + all.text + `)`
	}
	return all.and(fragment{` ORDER BY record DESC LIMIT ?`, []any{limit}})
}

func newestFirst(ids []int64) {
	slices.SortFunc(ids, func(a, b int64) int { return cmp.Compare(b, a) })
}
