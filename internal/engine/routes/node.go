package routes

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
)

// Hook is a program for `node --require`: it writes the routes of every Express
// application into the file that HookVariable names, each time the process
// begins to listen.
//
//go:embed express.cjs
var Hook []byte

// HookVariable names the file that the hook writes.
const HookVariable = "LISTO_ROUTES_FILE"

// Inventory is what the hook wrote.
type Inventory struct {
	Framework string // "express"; "" when none was loaded
	Apps      int
	Routes    []Route
	// Unnamed counts routes whose path is a regular expression.
	Unnamed int
}

// maxRoutes bounds what is believed.
const maxRoutes = 20_000

// ReadHook reads what the hook wrote.
func ReadHook(text []byte) (Inventory, error) {
	var told struct {
		Framework string `json:"framework"`
		Apps      int    `json:"apps"`
		Routes    []struct{ Method, Path string }
		Unnamed   int `json:"unnamed"`
	}
	if err := json.Unmarshal(text, &told); err != nil {
		return Inventory{}, fmt.Errorf("routes: what the hook wrote: %w", err)
	}
	if len(told.Routes) > maxRoutes {
		return Inventory{}, fmt.Errorf("routes: the hook tells of %d routes: that is too many to believe", len(told.Routes))
	}
	i := Inventory{Framework: told.Framework, Apps: told.Apps, Unnamed: told.Unnamed}
	for _, r := range told.Routes {
		method := strings.ToUpper(r.Method)
		if method == "_ALL" || method == "ALL" {
			method = ""
		}
		i.Routes = append(i.Routes, Route{method, Template(r.Path), told.Framework, true})
	}
	i.Routes = Distinct(i.Routes)
	return i, nil
}
