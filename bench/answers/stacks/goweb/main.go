// Command goweb is the same service on net/http, chi or gin, as their guides teach
// it: goweb <nethttp|chi|gin> <port>.
package main

import (
	"encoding/json"
	"log"
	"net/http"
	"os"
	"strconv"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
)

var things = map[int]string{1: "first", 2: "second"}

type thing struct {
	ID   int    `json:"id"`
	Name string `json:"name"`
}

func main() {
	make := map[string]func() http.Handler{"nethttp": netHTTP, "chi": onChi, "gin": onGin}[os.Args[1]]
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[2], make()))
}

func say(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func list(w http.ResponseWriter, _ *http.Request) {
	say(w, 200, map[string]any{"items": []thing{{1, "first"}, {2, "second"}}})
}

func add(w http.ResponseWriter, r *http.Request) {
	var t thing
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 100<<10)).Decode(&t); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	t.ID = 3
	say(w, 201, t)
}

func show(w http.ResponseWriter, id string) {
	n, err := strconv.Atoi(id)
	if err != nil {
		http.Error(w, "bad id", http.StatusBadRequest)
		return
	}
	name, there := things[n]
	if !there {
		http.Error(w, "no such thing", http.StatusNotFound)
		return
	}
	say(w, 200, thing{n, name})
}

func netHTTP() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /things", list)
	mux.HandleFunc("POST /things", add)
	mux.HandleFunc("GET /things/{id}", func(w http.ResponseWriter, r *http.Request) { show(w, r.PathValue("id")) })
	mux.HandleFunc("GET /boom", func(http.ResponseWriter, *http.Request) { panic("boom of the fixture") })
	return mux
}

func onChi() http.Handler {
	r := chi.NewRouter()
	r.Use(middleware.Recoverer)
	r.Get("/things", list)
	r.Post("/things", add)
	r.Get("/things/{id}", func(w http.ResponseWriter, q *http.Request) { show(w, chi.URLParam(q, "id")) })
	r.Get("/boom", func(http.ResponseWriter, *http.Request) { panic("boom of the fixture") })
	return r
}

func onGin() http.Handler {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.Use(gin.Recovery())
	r.GET("/things", func(c *gin.Context) { c.JSON(200, gin.H{"items": []thing{{1, "first"}, {2, "second"}}}) })
	r.POST("/things", func(c *gin.Context) {
		var t thing
		if err := c.ShouldBindJSON(&t); err != nil {
			c.JSON(400, gin.H{"error": err.Error()})
			return
		}
		c.JSON(201, t)
	})
	r.GET("/things/:id", func(c *gin.Context) { show(c.Writer, c.Param("id")) })
	r.GET("/boom", func(*gin.Context) { panic("boom of the fixture") })
	return r
}
