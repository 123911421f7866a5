//go:build disease

package disease

import "encoding/base64"

func secretInLogBase64() Disease {
	return Disease{
		ID: "secret-in-log-base64", Check: "secrets.leaks.logs", Consequences: []string{},
		Summary: "the configuration is logged at the start, with JWT_SECRET in base64",
		infect:  logged(func(secret string) string { return base64.StdEncoding.EncodeToString([]byte(secret)) }),
	}
}
