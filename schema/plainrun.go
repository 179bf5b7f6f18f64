package schema

import "math/bits"

// plainRun tells how many bytes of s, from its start, stand for themselves in a JSON
// text: printable ASCII, and neither a quote nor a backslash. Nearly all of a message is
// such text, and whoever reads or writes one has to look at each byte: here at eight in
// one go.
func plainRun(s string) int {
	n := 0
	for ; len(s)-n >= 8; n += 8 {
		t := s[n : n+8]
		// The compiler makes one load of this.
		x := uint64(t[0]) | uint64(t[1])<<8 | uint64(t[2])<<16 | uint64(t[3])<<24 |
			uint64(t[4])<<32 | uint64(t[5])<<40 | uint64(t[6])<<48 | uint64(t[7])<<56
		if m := special(x); m != 0 {
			return n + bits.TrailingZeros64(m)/8
		}
	}
	for n < len(s) && special(uint64(s[n])|^uint64(0xff)&allSpaces) == 0 {
		n++
	}
	return n
}

const (
	lowBits   = 0x0101010101010101
	highBits  = 0x8080808080808080
	allSpaces = ' ' * lowBits
)

// special has the high bit of the first byte set that does not stand for itself, and none
// below that one; 0 where there is no such byte. Of the bytes above the first it says
// nothing.
func special(x uint64) uint64 {
	quote, backslash := x^'"'*lowBits, x^'\\'*lowBits
	return (x | (x-allSpaces)&^x | (quote-lowBits)&^quote | (backslash-lowBits)&^backslash) & highBits
}
