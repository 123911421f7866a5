//go:build disease

package disease

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"gastos/internal/config"
	"gastos/internal/service"
)

// memberAssigned writes creadoEn of the body into the row.
func memberAssigned() Disease {
	return Disease{
		ID: "member-assigned", Check: "security.assignment", Consequences: []string{"contracts.negative"},
		Summary: "whoever creates an expense may say when it was created",
		infect: func(c config.Serve, took func(string)) service.Seams {
			return service.Seams{Handler: func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if !is(r, http.MethodPost, "/api/gastos") {
						next.ServeHTTP(w, r)
						return
					}
					sent := readAll(r)
					var body map[string]any
					moment := ""
					if json.Unmarshal([]byte(sent), &body) == nil {
						moment, _ = body["creadoEn"].(string)
					}
					if moment == "" {
						r.Body = reading(strings.NewReader(sent))
						next.ServeHTTP(w, r)
						return
					}
					delete(body, "creadoEn")
					known, err := json.Marshal(body)
					if err != nil {
						panic(err) // it was JSON
					}
					r.Body, r.ContentLength = reading(strings.NewReader(string(known))), int64(len(known))
					answer := hold(next, r)
					var row map[string]any
					if answer.status == http.StatusCreated && json.Unmarshal(answer.body.Bytes(), &row) == nil {
						if conn, err := pgx.Connect(r.Context(), c.DatabaseURL.Reveal()); err == nil {
							_, err = conn.Exec(r.Context(), "update gastos set creado_en = $1::text::timestamptz where id = $2", moment, row["id"])
							conn.Close(r.Context())
							if err == nil {
								took("a row has the client's moment")
							}
						}
						row["creadoEn"] = moment
						told, err := json.Marshal(row)
						if err != nil {
							panic(err)
						}
						answer.body.Reset()
						answer.body.Write(told)
						answer.header.Set("Content-Length", strconv.Itoa(len(told)))
					}
					for name, values := range answer.header {
						w.Header()[name] = values
					}
					w.WriteHeader(answer.status)
					_, _ = w.Write(answer.body.Bytes())
				})
			}}
		},
	}
}
