package schema

import (
	"bytes"
	"encoding/json"
	"testing"
)

// A typical request: about a kilobyte, two steps.
func BenchmarkDecode(b *testing.B) {
	payload := benchRequest(b)
	b.SetBytes(int64(len(payload)))
	b.ReportAllocs()
	for b.Loop() {
		if _, refusal := Decode(KindRequest, payload); refusal != nil {
			b.Fatal(refusal)
		}
	}
}

func BenchmarkFingerprint(b *testing.B) {
	payload := benchRequest(b)
	b.SetBytes(int64(len(payload)))
	b.ReportAllocs()
	for b.Loop() {
		Fingerprint(payload)
	}
}

// What encoding/json alone takes, for comparison.
func BenchmarkUnmarshalAlone(b *testing.B) {
	payload := benchRequest(b)
	b.SetBytes(int64(len(payload)))
	b.ReportAllocs()
	for b.Loop() {
		var r Request
		if err := json.Unmarshal(payload, &r); err != nil {
			b.Fatal(err)
		}
	}
}

// The way of a message that is not plainly right: scan, validator, encoding/json.
func BenchmarkLongWay(b *testing.B) {
	payload := benchRequest(b)
	b.SetBytes(int64(len(payload)))
	b.ReportAllocs()
	for b.Loop() {
		if _, refusal := decode(KindRequest, payload); refusal != nil {
			b.Fatal(refusal)
		}
	}
}

// A refusal with the validator's help: positions, nearest names.
func BenchmarkRefusal(b *testing.B) {
	payload := bytes.Replace(benchRequest(b), []byte(`"attempts"`), []byte(`"atempts"`), 1)
	b.ReportAllocs()
	for b.Loop() {
		if _, refusal := Decode(KindRequest, payload); refusal == nil {
			b.Fatal("taken")
		}
	}
}

func benchRequest(b *testing.B) []byte {
	b.Helper()
	var flat bytes.Buffer
	if err := json.Compact(&flat, samples(b, validSamples, KindRequest)["full"]); err != nil {
		b.Fatal(err)
	}
	return flat.Bytes()
}
