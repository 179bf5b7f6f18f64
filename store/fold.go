package store

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"expertcontroller/schema"
)

// recordOf is as much of a schema.Status as the indexed columns need.
type recordOf struct {
	State  string `json:"state"`
	Reason struct {
		Code string `json:"code"`
	} `json:"reason"`
	AskedBy struct {
		Role string `json:"role"`
		Name string `json:"name"`
	} `json:"asked_by"`
	Problems []struct {
		Expert string `json:"expert"`
		ID     string `json:"id"`
		Key    string `json:"key"`
		Title  string `json:"title"`
	} `json:"problems"`
	Steps []struct {
		Attempts []attemptOf `json:"attempts"`
	} `json:"steps"`
	Probes    []attemptOf `json:"probes"`
	Created   time.Time   `json:"created"`
	Ended     *time.Time  `json:"ended"`
	RequestID string      `json:"request_id"`
}

type attemptOf struct {
	Agent string `json:"agent"`
}

// record is a status that an entry carries, decoded.
type record struct {
	number uint64
	value  []byte
	recordOf
}

// folded is an entry taken apart: everything that needs no database.
type folded struct {
	documents []schema.Document
	records   []record
	requests  []request
}

// request is a record's request as it came in.
type request struct {
	number uint64
	value  []byte
}

// fold takes an entry apart. The documents of the state are kept as they are.
func fold(e *schema.Entry) (folded, error) {
	var f folded
	for _, d := range e.Documents {
		if token, ok := strings.CutPrefix(d.Key, schema.KeyRequest); ok {
			n, ok := recordNumber(e.System, token)
			if !ok {
				return f, notAToken(d.Key, token, e.System)
			}
			if !gone(d) {
				f.requests = append(f.requests, request{n, d.Value})
			}
			continue
		}
		token, inState := strings.CutPrefix(d.Key, schema.KeyRecovery)
		isRecord := inState
		if !inState {
			token, isRecord = strings.CutPrefix(d.Key, schema.KeyRecord)
		}
		if inState || !isRecord {
			f.documents = append(f.documents, d)
		}
		// Without a value a recovery leaves the state; its record stays.
		if !isRecord || gone(d) {
			continue
		}
		n, ok := recordNumber(e.System, token)
		if !ok {
			return f, notAToken(d.Key, token, e.System)
		}
		of, err := schema.Read[recordOf](d.Value)
		if err != nil {
			return f, fmt.Errorf("document %q: %w", d.Key, err)
		}
		f.records = append(f.records, record{number: n, value: d.Value, recordOf: of})
	}
	return f, nil
}

func notAToken(key, token, system string) error {
	return fmt.Errorf("document %q: %q is no token of %s", key, token, system)
}

// gone tells whether a document is removed. A null that was written out says the same.
func gone(d schema.Document) bool {
	return len(d.Value) == 0 || string(d.Value) == "null"
}

// foldAll takes all entries apart on all processors: decoding is most of the work.
func foldAll(batch []Applied) ([]folded, error) {
	out := make([]folded, len(batch))
	errs := make([]error, len(batch))
	var next atomic.Int64
	work := func() {
		for i := int(next.Add(1)) - 1; i < len(batch); i = int(next.Add(1)) - 1 {
			if e := batch[i].Entry; e != nil {
				if errs[i] = intact(batch[i]); errs[i] == nil {
					out[i], errs[i] = fold(e)
				}
			}
		}
	}
	if workers := min(runtime.GOMAXPROCS(0), len(batch)/8); workers > 1 {
		var wg sync.WaitGroup
		for range workers {
			wg.Go(work)
		}
		wg.Wait()
	} else {
		work()
	}
	for i, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("entry %d of %s: %w", batch[i].Entry.Entry, batch[i].Entry.System, err)
		}
	}
	return out, nil
}

// intact tells whether the bytes, where they are at hand, are those that the position names.
func intact(a Applied) error {
	if len(a.Payload) == 0 {
		return nil
	}
	if hash := schema.HashEntry(a.Payload); hash != a.Position.Hash {
		return fmt.Errorf("its bytes have the hash %s, and the position says %s: read it again", hash, a.Position.Hash)
	}
	return nil
}
