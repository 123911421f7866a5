package listo_test

import (
	"io"
	"net"
	"net/http"
	"os"
	"sync/atomic"
)

// killEvery is how often answering hangs up in place of an answer to /killed.
const killEvery = 10

// answering is a service whose faults are known: /right is always right for who
// brings the token of the environment, /killed loses every tenth connection, and
// /limited takes nobody. It ends when it is killed.
func answering(port string) int {
	l, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		return 1
	}
	var asked atomic.Int64
	pages := http.NewServeMux()
	pages.HandleFunc("/right", func(w http.ResponseWriter, r *http.Request) {
		if token := os.Getenv("TOKEN"); token != "" && r.Header.Get("Authorization") != "Bearer "+token {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"items":[1,2,3]}`) // who has gone needs no answer
	})
	pages.HandleFunc("/killed", func(http.ResponseWriter, *http.Request) {
		if asked.Add(1)%killEvery == 0 {
			panic(http.ErrAbortHandler)
		}
	})
	pages.HandleFunc("/limited", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) })
	pages.HandleFunc("/ready", func(http.ResponseWriter, *http.Request) {})
	os.Stderr.WriteString(http.Serve(l, pages).Error() + "\n")
	return 1
}
