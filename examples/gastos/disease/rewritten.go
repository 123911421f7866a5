//go:build disease

package disease

import (
	"net/http"

	"gastos/internal/config"
	"gastos/internal/service"
)

// rewritten changes the head of answers at the last moment. rewrite tells how the
// defect took effect, "" when it did not in this answer.
func rewritten(rewrite func(r *http.Request, status int, h http.Header) (how string)) infect {
	return func(_ config.Serve, took func(string)) service.Seams {
		return service.Seams{Handler: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				sent := r.Clone(r.Context()) // what the cures take away is still wanted
				next.ServeHTTP(&rewriter{ResponseWriter: w, before: func(status int) {
					if how := rewrite(sent, status, w.Header()); how != "" {
						took(how)
					}
				}}, r)
			})
		}}
	}
}

// rewriter calls before once, when the head of the answer is complete.
type rewriter struct {
	http.ResponseWriter
	before func(status int)
	begun  bool
}

func (w *rewriter) WriteHeader(status int) {
	if !w.begun {
		w.begun = true
		w.before(status)
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *rewriter) Write(b []byte) (int, error) {
	if !w.begun {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the writer below.
func (w *rewriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
