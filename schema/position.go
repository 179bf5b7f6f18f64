package schema

import "time"

// Position is where a follower of a system's log stands. Entry always means the
// log's own number; Sequence is the broker stream's.
type Position struct {
	System string `json:"system"`
	// Created is the creation time of the log's stream: another one is another stream.
	Created time.Time `json:"created"`
	// Sequence is the stream sequence of the last message read, valid entry or not.
	Sequence uint64 `json:"sequence"`
	// At is the stream sequence of the last valid entry: what a replica reads back.
	At uint64 `json:"at"`
	// Entry, Hash and Lineage are those of the last valid entry.
	Entry   uint64 `json:"entry"`
	Hash    string `json:"hash"`
	Lineage string `json:"lineage"`
}
