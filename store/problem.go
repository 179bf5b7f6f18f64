package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"
)

// fewRecords is how many records whose problems' ids fit are listed at first.
const fewRecords = 2000

// newestOfProblem is newest for those with a problem whose title or id fits the text.
func newestOfProblem(ctx context.Context, tx *sqlx.Tx, sys system, text string, in span, filters []filter, extra fragment, limit int) ([]int64, error) {
	title, err := filterTerm(ctx, tx, sys, termTitle, text)
	if err != nil {
		return nil, err
	}
	found, err := newest(ctx, tx, in, append(slices.Clip(filters), title), extra, limit)
	if err != nil {
		return nil, err
	}
	// Where titles fill the page, ids have to be looked at only as far as it goes.
	if len(found) == limit {
		in.low = found[limit-1]
	}
	byID, err := newestOfID(ctx, tx, sys, parsePattern(text), in, filters, extra, limit)
	if err != nil {
		return nil, err
	}
	found = append(found, byID...)
	newestFirst(found)
	found = slices.Compact(found)
	return found[:min(limit, len(found))], nil
}

// newestOfID is newest for those with a problem whose id fits.
func newestOfID(ctx context.Context, tx *sqlx.Tx, sys system, p pattern, in span, filters []filter, extra fragment, limit int) ([]int64, error) {
	if !p.wild {
		experts, few, err := findTerms(ctx, tx, sys, termWhose, parsePattern("*"))
		if err != nil {
			return nil, err
		}
		f := filter{predicate: fragment{`EXISTS (SELECT 1 FROM problems p WHERE p.record = r.id AND p.id = ?)`, []any{p.exact}}}
		if few {
			f.list = &list{
				rows:   fragment{`SELECT record FROM problems WHERE id = ? AND expert IN (` + numberList(experts) + `)`, []any{p.exact}},
				column: `record`, parts: len(experts),
			}
		}
		return newest(ctx, tx, in, append(slices.Clip(filters), f), extra, limit)
	}
	// Where other filters leave few, their problems are looked at.
	where, args := p.where("p.id")
	fits := filter{predicate: fragment{`EXISTS (SELECT 1 FROM problems p WHERE p.record = r.id AND ` + where + `)`, args}}
	for _, f := range filters {
		if f.list == nil {
			continue
		}
		n, err := f.list.length(ctx, tx, in)
		if err != nil {
			return nil, err
		}
		if n <= fewRecords {
			return newest(ctx, tx, in, append(slices.Clip(filters), fits), extra, limit)
		}
	}
	if p.prefix != "" {
		// An index knows beginnings: mostly few ids begin so.
		ids, err := recordsOfPrefix(ctx, tx, p, in)
		if err != nil {
			return nil, err
		}
		if len(ids) <= fewRecords {
			return newest(ctx, tx, in, append(slices.Clip(filters), filterRecords(ids)), extra, limit)
		}
	}
	var found []int64
	all := 0
	for most := 2 * limit; in.low < in.high && len(found) < limit; most *= 4 {
		if (len(filters) > 0 || extra.text != "") && all > fewRecords {
			// Many fit, and yet they don't fill the page: the others are the rare ones.
			more, err := newest(ctx, tx, in, append(slices.Clip(filters), fits), extra, limit-len(found))
			return append(found, more...), err
		}
		ids, low, err := recordsOfID(ctx, tx, p, in, most)
		if err != nil {
			return nil, err
		}
		more, err := newest(ctx, tx, span{low, in.high}, append(slices.Clip(filters), filterRecords(ids)), extra, limit-len(found))
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
		all += len(ids)
		in.high = low
	}
	return found, nil
}

// recordsOfPrefix gives records of the span with a problem whose id fits; more than few,
// where it does not give all.
func recordsOfPrefix(ctx context.Context, tx *sqlx.Tx, p pattern, in span) (ids []int64, err error) {
	where, args := p.where("id")
	err = tx.SelectContext(ctx, &ids, fmt.Sprintf(`SELECT record FROM problems INDEXED BY problems_id WHERE %s AND record >= ? AND record < ? LIMIT %d`, where, fewRecords+1),
		append(args, in.low, in.high)...)
	return ids, err
}

// recordsOfID gives records of the span with a problem whose id fits: all from low on,
// which is the span's own unless there are more than most.
func recordsOfID(ctx context.Context, tx *sqlx.Tx, p pattern, in span, most int) (ids []int64, low int64, err error) {
	const chunksAtOnce = 64
	where, args := p.where("+id")
	for {
		var chunks []int64
		if err := tx.SelectContext(ctx, &chunks, `SELECT chunk FROM problem_texts WHERE chunk >= ? AND chunk <= ? AND ids GLOB ?
			ORDER BY chunk DESC LIMIT ?`, in.low>>chunkBits, (in.high-1)>>chunkBits, p.around(), chunksAtOnce); err != nil {
			return nil, 0, err
		}
		for i := 0; i < len(chunks); {
			// Neighbours are looked at together.
			last := i
			for last+1 < len(chunks) && chunks[last+1] == chunks[last]-1 && last-i < most/16 {
				last++
			}
			here := span{max(in.low, chunks[last]<<chunkBits), min(in.high, (chunks[i]+1)<<chunkBits)}
			i = last + 1
			var some []int64
			if err := tx.SelectContext(ctx, &some, `SELECT DISTINCT record FROM problems WHERE record >= ? AND record < ? AND `+where,
				append([]any{here.low, here.high}, args...)...); err != nil {
				return nil, 0, err
			}
			ids, in.high = append(ids, some...), here.low
			if len(ids) >= most {
				return ids, in.high, nil
			}
		}
		if len(chunks) < chunksAtOnce || in.high <= in.low {
			return ids, in.low, nil
		}
	}
}

// around is a pattern for texts of ids that may hold one that fits: those with the longest
// piece of this pattern, whose first and last piece stand at an end of a line.
func (p pattern) around() string {
	pieces := strings.Split(p.text, "*")
	pieces[0] = "\n" + pieces[0]
	pieces[len(pieces)-1] += "\n"
	longest := slices.MaxFunc(pieces, func(a, b string) int { return cmp.Compare(len(a), len(b)) })
	return "*" + escaped.Replace(longest) + "*"
}
