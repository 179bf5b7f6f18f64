package store

import (
	"fmt"
	"hash/crc32"
	"math"
	"time"

	"expertcontroller/schema"
)

// An id is system << numberBits | number, so that one integer key orders records, or
// entries, by number within a system.
const (
	numberBits = 40
	maxNumber  = 1<<numberBits - 1
	maxSystem  = 1<<(63-numberBits) - 1
)

func idOf(system int64, number uint64) int64 { return system<<numberBits + int64(number) }

func numberOf(id int64) uint64 { return uint64(id) & maxNumber }

// recordNumber gives the number of a token of this system; ok is false for all else.
func recordNumber(system, token string) (uint64, bool) {
	of, n, err := schema.ParseToken(token)
	if err != nil || of != system || n > maxNumber {
		return 0, false
	}
	return n, true
}

// nanos keeps a time as an integer: UTC and exact. The zero time is 0; what lies beyond
// the years 1678 to 2262 is kept as the nearest that fits.
func nanos(t time.Time) int64 {
	switch y := t.Year(); {
	case t.IsZero():
		return 0
	case y >= 2262:
		return math.MaxInt64
	case y <= 1678:
		return math.MinInt64
	}
	return t.UnixNano()
}

func fromNanos(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}

// hourOf counts hours since 1970, in UTC.
func hourOf(t time.Time) int64 { return floor(nanos(t), int64(time.Hour)) }

// floor divides and rounds down, before 1970 too.
func floor(n, by int64) int64 {
	q := n / by
	if n%by < 0 {
		q--
	}
	return q
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksum tells a stored document from one whose bytes changed on the disk: SQLite
// checks its pages' structure, not what stands in them.
func checksum(key string, value []byte) int64 {
	sum := crc32.Update(0, castagnoli, []byte(key))
	return int64(crc32.Update(sum, castagnoli, value))
}

func verify(key string, value []byte, sum int64) error {
	if checksum(key, value) != sum {
		return &Damage{Reason: fmt.Sprintf("the document %s does not fit its checksum", key)}
	}
	return nil
}
