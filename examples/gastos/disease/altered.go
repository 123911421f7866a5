//go:build disease

package disease

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"gastos/internal/config"
	"gastos/internal/service"
)

// altered serves one path of the frontend with other bytes than were built. alter
// may change the header too.
func altered(path string, took func(string), alter func(*http.Request, http.Header, []byte) []byte) service.Seams {
	return service.Seams{Handler: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != path || r.Method != http.MethodGet {
				next.ServeHTTP(w, r)
				return
			}
			answer := hold(next, r)
			before := answer.body.Bytes()
			after := alter(r, answer.header, bytes.Clone(before))
			if answer.status == http.StatusOK && !bytes.Equal(before, after) {
				took(path + " is served with other bytes than were built")
			}
			for name, values := range answer.header {
				w.Header()[name] = values
			}
			w.Header().Set("Content-Length", strconv.Itoa(len(after)))
			w.WriteHeader(answer.status)
			_, _ = w.Write(after)
		})
	}}
}

// anAsset is the path of the first script of the build, else of its first asset.
func anAsset(c config.Serve) string {
	for _, pattern := range []string{"*.js", "*"} {
		if files, _ := filepath.Glob(filepath.Join(c.FrontendDir, "assets", pattern)); len(files) > 0 {
			return "/assets/" + filepath.Base(slices.Min(files))
		}
	}
	panic("FRONTEND_DIR: no assets in it: " + os.ErrNotExist.Error())
}
