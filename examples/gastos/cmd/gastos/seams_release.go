//go:build !disease

package main

import (
	"io"

	"gastos/internal/config"
	"gastos/internal/service"
)

// seams of a release: none.
func seams(config.Lookup) (service.Seams, error) { return service.Seams{}, nil }

// extraVerb knows no verb in a release.
func extraVerb(string, io.Writer) (known bool, err error) { return false, nil }
