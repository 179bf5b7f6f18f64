package schema

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// Fingerprint tells a repeat of a message from another message with the same id.
// It is about content: the order of names, white space, escapes and the way a
// number is written make no difference, and id and deadline are left out, since
// a second try may well have another deadline.
//
// It is compared with that of one earlier message of the same sender and id only,
// and guards against mistakes, not against somebody who wants to be mistaken: 64
// bits are plenty. It stands in the log, so it never changes.
func Fingerprint(payload []byte) string {
	s := scanner{in: string(payload)}
	s.space()
	sum := s.print(0)
	s.space()
	if s.refusal != nil || s.pos != len(s.in) {
		sum = printText(kindBytes, s.in) // no valid JSON: the same bytes are the same message
	}
	return hex.EncodeToString(binary.BigEndian.AppendUint64(nil, sum))
}

// Odd numbers without a pattern, one for each sort of value.
const (
	kindObject = 0x9ae16a3b2f90404f
	kindList   = 0xc3a5c85c97cb3127
	kindText   = 0xb492b66fbe98f273
	kindNumber = 0x8c2f5a9d6e1b7c43
	kindWord   = 0xd6e8feb86659fd93
	kindBytes  = 0xa0761d6478bd642f
)

// mix folds two words into one.
func mix(a, b uint64) uint64 {
	high, low := bits.Mul64(a^kindBytes, b^kindText)
	return high ^ low
}

// printText gives the print of some bytes.
func printText(kind uint64, s string) uint64 {
	sum := mix(kind, uint64(len(s)))
	for len(s) >= 8 {
		sum = mix(sum, word(s))
		s = s[8:]
	}
	var rest uint64
	for i := range len(s) {
		rest = rest<<8 | uint64(s[i])
	}
	return mix(sum, rest)
}

func word(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// print gives the print of the value at the position. Those of an object's
// members are added up, so that their order makes no difference.
func (s *scanner) print(depth int) uint64 {
	if s.pos == len(s.in) || depth > maxDepth {
		s.unsure()
		return 0
	}
	switch s.in[s.pos] {
	case '{':
		s.pos++
		sum := uint64(kindObject)
		for first := true; !s.closed('}', first); first = false {
			name, ok := s.name()
			if !ok {
				s.unsure()
				return 0
			}
			member := mix(printText(kindText, name), s.print(depth+1))
			if s.refusal != nil {
				return 0
			}
			if depth > 0 || name != "id" && name != "deadline" {
				sum += member
			}
		}
		return mix(kindObject, sum)
	case '[':
		s.pos++
		sum := uint64(kindList)
		for first := true; !s.closed(']', first); first = false {
			sum = mix(sum, s.print(depth+1))
			if s.refusal != nil {
				return 0
			}
		}
		return mix(kindList, sum)
	case '"':
		return printText(kindText, s.text())
	case 't', 'f', 'n':
		start := s.pos
		s.value(depth)
		return printText(kindWord, s.in[start:s.pos])
	}
	start := s.pos
	s.value(depth)
	return printText(kindNumber, canonicalNumber(s.in[start:s.pos]))
}

// canonicalNumber writes 1, 1.0 and 1e0 alike.
func canonicalNumber(s string) string {
	if !strings.ContainsAny(s, ".eE") && s != "-0" {
		return s
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return s
	}
	if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return strconv.FormatInt(int64(f), 10)
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}
