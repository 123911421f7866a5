//go:build disease

package main

import (
	"encoding/json"
	"io"

	"gastos/disease"
	"gastos/internal/config"
	"gastos/internal/service"
)

// seams makes the service as sick as GASTOS_DISEASE says.
func seams(env config.Lookup) (service.Seams, error) { return disease.Seams(env) }

// extraVerb knows `gastos diseases`, which lists what GASTOS_DISEASE may say.
func extraVerb(verb string, out io.Writer) (known bool, err error) {
	if verb != "diseases" {
		return false, nil
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return true, encoder.Encode(disease.All())
}
