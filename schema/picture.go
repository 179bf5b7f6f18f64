package schema

import "time"

// PictureQuery asks for what a dashboard shows of a system.
type PictureQuery struct {
	Type string `json:"type,omitzero"`
	// From is the previous answer's next: what follows it; left out: from the beginning.
	From  string `json:"from,omitzero" check:"max=512"`
	After uint64 `json:"after,omitzero"`
}

// Picture answers PictureQuery: documents of the state as they now stand, and the last
// recoveries that ended. Pages of one picture may be of different entries: whoever asked
// for several follows the log from the lowest to the highest.
type Picture struct {
	Type   string `json:"type"`
	System string `json:"system"`
	// Lineage is the log's: another one is another log.
	Lineage string `json:"lineage"`
	// Entry is the entry that the answer reflects.
	Entry uint64    `json:"entry"`
	At    time.Time `json:"at"`
	// Documents are in the order of their keys. An answer holds at most 512 KiB of them.
	Documents []Document `json:"documents"`
	// Next is where the next page begins; empty when there is none.
	Next string `json:"next,omitzero"`
}

// PictureEnded is how many ended recoveries a picture keeps: so many that are completed,
// failed or cancelled, and apart from them so many that are rejected or joined.
const PictureEnded = 5

// InPicture tells whether documents with this key are shown. Records (rejected, joined)
// are, as recoveries.
func InPicture(key string) bool {
	switch keyKind(key) {
	case KeyRecovery, KeyRecord, KeyHold, KeyAgent, KeyExpert, KeyMode, KeyPolicy, KeyBreaker:
		return true
	}
	return false
}

// keyKind is a key up to its first slash, with it.
func keyKind(key string) string {
	for i := range len(key) {
		if key[i] == '/' {
			return key[:i+1]
		}
	}
	return key
}
