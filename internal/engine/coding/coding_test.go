package coding

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"testing"
)

func TestOf(t *testing.T) {
	for field, want := range map[string]string{"": "identity", "identity": "identity", "GZIP": "gzip", "x-gzip": "gzip", "gzip, br": "gzip+br", " , ": "identity"} {
		if got := Of(http.Header{"Content-Encoding": {field}}); got != want {
			t.Errorf("%q is %q, want %q", field, got, want)
		}
	}
}

func TestDecode(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write(make([]byte, 1<<20))
	_ = w.Close()
	if out, err := Decode(packed.Bytes(), "gzip", 100); err != nil || len(out) != 100 {
		t.Errorf("%d bytes, %v", len(out), err)
	}
	for _, field := range []string{"lzma", "gzip, gzip, gzip, gzip", "gzip, br"} {
		if _, err := Decode(packed.Bytes(), field, 100); err == nil {
			t.Errorf("%s was undone", field)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("\x1f\x8b\x08\x00"), "gzip")
	f.Add([]byte("\x28\xb5\x2f\xfd\x24\x01"), "zstd, br")
	f.Add([]byte("\x0b\x02\x80abc\x03"), "br")
	f.Fuzz(func(t *testing.T, body []byte, field string) {
		const most = 1 << 16
		out, err := Decode(body, field, most)
		if len(out) > most {
			t.Fatalf("%d bytes", len(out))
		}
		if err == nil && len(List(field)) == 0 && !bytes.Equal(out, body[:min(len(body), most)]) {
			t.Fatal("a body that is not coded was changed")
		}
	})
}
