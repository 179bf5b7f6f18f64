package bridge

import (
	"bytes"
	"strconv"
	"time"

	"expertcontroller/schema"
)

func writeNumber(b *bytes.Buffer, n uint64) {
	b.Write(strconv.AppendUint(b.AvailableBuffer(), n, 10))
}

func writeTime(b *bytes.Buffer, t time.Time) {
	b.Write(t.UTC().AppendFormat(b.AvailableBuffer(), time.RFC3339Nano))
}

// mustEncode encodes what always can be: texts, numbers, structs of them.
func mustEncode(v any) []byte {
	out, err := schema.Encode(v)
	if err != nil {
		panic("bridge: " + err.Error())
	}
	return out
}
