package advisory

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

// server serves the reference as OSV's bucket would, with a header of its own.
func server(t *testing.T, change func(w http.ResponseWriter, path string) bool) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if change(w, r.URL.Path) {
			return
		}
		switch r.URL.Path {
		case "/npm/all.zip":
			_, _ = w.Write(reference(t, "npm.zip"))
		case "/npm/modified_id.csv":
			_, _ = w.Write(reference(t, "npm-modified_id.csv"))
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func TestFetchedExportIsComplete(t *testing.T) {
	s := server(t, func(http.ResponseWriter, string) bool { return false })
	folder := t.TempDir()
	fetched, err := Fetch(t.Context(), s.Client(), s.URL, NPM, folder)
	if err != nil {
		t.Fatal(err)
	}
	zipped, errZip := os.ReadFile(fetched.Zip)
	listed, errListing := os.ReadFile(fetched.Listing)
	if errZip != nil || errListing != nil {
		t.Fatal(errZip, errListing)
	}
	p := imported(t, t.TempDir(), export(NPM, zipped, string(listed), t))
	if p.Loaded != 170 || p.Expected.Missing+p.Expected.Unlisted != 0 || fetched.Source != s.URL+"/npm/all.zip" {
		t.Errorf("%+v from %s", p, fetched.Source)
	}
}

func TestFetchFailsAloud(t *testing.T) {
	for want, change := range map[string]func(w http.ResponseWriter, path string) bool{
		"404": func(w http.ResponseWriter, path string) bool {
			if strings.HasSuffix(path, "all.zip") {
				w.WriteHeader(http.StatusNotFound)
				return true
			}
			return false
		},
		"CRC-32C": func(w http.ResponseWriter, _ string) bool {
			w.Header().Set("X-Goog-Hash", "crc32c=AAAAAA==,md5=x")
			return false
		},
		"unexpected EOF": func(w http.ResponseWriter, _ string) bool {
			w.Header().Set("Content-Length", "1000000")
			_, _ = w.Write([]byte("cut off"))
			return true
		},
		"encoded": func(w http.ResponseWriter, _ string) bool {
			w.Header().Set("Content-Encoding", "gzip")
			return false
		},
	} {
		s := server(t, change)
		if _, err := Fetch(t.Context(), s.Client(), s.URL, NPM, t.TempDir()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if _, err := Fetch(t.Context(), http.DefaultClient, Official, "PyPI", t.TempDir()); err == nil {
		t.Error("an unknown ecosystem is fetched")
	}
}

// The header's sum is CRC-32C, big endian, in base64, as Cloud Storage documents it.
func TestRightChecksumIsAccepted(t *testing.T) {
	s := server(t, func(w http.ResponseWriter, _ string) bool {
		// 123456789 is the check input of every CRC; CRC-32C gives e3069283.
		w.Header().Add("X-Goog-Hash", "crc32c=4waSgw==")
		_, _ = w.Write([]byte("123456789"))
		return true
	})
	if _, err := Fetch(t.Context(), s.Client(), s.URL, NPM, t.TempDir()); err != nil {
		t.Error(err)
	}
}
