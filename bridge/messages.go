package bridge

import (
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"

	"expertcontroller/schema"
)

// Subprotocol is what a websocket client has to ask for.
const Subprotocol = "expertcontroller.v1.json"

// position is what a client has of a system.
type position struct {
	Lineage string `json:"lineage"`
	Entry   uint64 `json:"entry"`
}

// said is what a client says: a hello, or what it looks at.
type said struct {
	Type    string               `json:"type"`
	Systems []string             `json:"systems"`
	Resume  map[string]*position `json:"resume"`
	System  string               `json:"system"`
	Prompt  string               `json:"prompt"`
}

// readSaid reads a client's frame.
func readSaid(payload []byte) (said, error) {
	var m said
	if !utf8.Valid(payload) {
		return m, fmt.Errorf("the frame is no UTF-8")
	}
	if err := json.Unmarshal(payload, &m); err != nil {
		return m, fmt.Errorf("the frame is no JSON as it is expected here")
	}
	switch m.Type {
	case typeHello, typeLooking:
		return m, nil
	}
	return m, fmt.Errorf("the frame's type is neither %s nor %s", typeHello, typeLooking)
}

var (
	typeHello   = schema.Type("hello")
	typeLooking = schema.Type("looking")
)

type welcomeFrame struct {
	Type       string    `json:"type"`
	ServerTime time.Time `json:"server_time"`
	Heartbeat  int64     `json:"heartbeat_ms"`
	User       string    `json:"user"`
	Role       string    `json:"role"`
	Auth       string    `json:"auth"`
	Build      string    `json:"build"`
	Systems    []string  `json:"systems"`
}

type heartbeatFrame struct {
	Type       string            `json:"type"`
	ServerTime time.Time         `json:"server_time"`
	Broker     bool              `json:"broker"`
	Entries    map[string]uint64 `json:"entries"`
	Silent     []string          `json:"silent,omitempty"`
}

type lookingFrame struct {
	Type   string   `json:"type"`
	System string   `json:"system"`
	Prompt string   `json:"prompt"`
	Who    []string `json:"who"`
	More   int      `json:"more"`
}

type byeFrame struct {
	Type  string `json:"type"`
	Code  string `json:"code"`
	Retry int64  `json:"retry_ms"`
	Text  string `json:"text"`
}

// bye is why a bridge ends a websocket.
type bye struct {
	code  string
	retry time.Duration
	text  string
}

// The codes of a bye.
const (
	byeShutdown     = "shutdown"
	byeOverflow     = "overflow"
	byeUnauthorized = "unauthorized"
	byeBadFrame     = "bad_frame"
	byeFlood        = "flood"
)

func (b bye) frame() []byte {
	return mustEncode(byeFrame{Type: schema.Type("bye"), Code: b.code, Retry: b.retry.Milliseconds(), Text: b.text})
}
