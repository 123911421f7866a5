// Package gastos holds the contract of the service, openapi.json, as it is served.
package gastos

import _ "embed"

// OpenAPI is the OpenAPI 3.1 document, byte for byte the file openapi.json.
//
//go:embed openapi.json
var OpenAPI []byte
