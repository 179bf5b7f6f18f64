package schema

import "testing"

func TestAnAddressIsToldWithoutWhatLogsIn(t *testing.T) {
	for given, want := range map[string]string{
		"":                                    "",
		"nats://127.0.0.1:4222":               "nats://127.0.0.1:4222",
		"127.0.0.1":                           "127.0.0.1",
		"nats://anna:sesame@127.0.0.1:4222":   "nats://anna:xxxxx@127.0.0.1:4222",
		"nats://anna:@127.0.0.1:4222":         "nats://anna:xxxxx@127.0.0.1:4222",
		"nats://sesame@127.0.0.1:4222":        "nats://xxxxx@127.0.0.1:4222", // a token
		"anna:sesame@127.0.0.1:4222":          "anna:xxxxx@127.0.0.1:4222",
		"tls://anna:ses%zzame@n1.example":     "tls://anna:xxxxx@n1.example", // no URL, and yet a password
		"nats://anna:se@same@n1.example":      "nats://anna:xxxxx@n1.example",
		"nats://a:b@n1.example,nats://c@n2:1": "nats://a:xxxxx@n1.example,nats://xxxxx@n2:1",
		"nats://n1.example, nats://c:d@n2":    "nats://n1.example, nats://c:xxxxx@n2",
	} {
		if got := Address(given); got != want {
			t.Errorf("%q is told as %q, want %q", given, got, want)
		}
	}
}
