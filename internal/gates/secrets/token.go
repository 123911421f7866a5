package secrets

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// tokenLife is how long a minted token is good for.
const tokenLife = 10 * time.Minute

// textClaims are text whatever they look like (RFC 7519, section 4.1).
var textClaims = [...]string{"iss", "sub", "aud", "jti"}

// claimsAt fills the claims of the settings for a moment. A value that is JSON
// stays what it is; any other is text.
func claimsAt(claims map[string]string, now time.Time) (json.RawMessage, error) {
	fill := strings.NewReplacer("{now}", strconv.FormatInt(now.Unix(), 10), "{exp}", strconv.FormatInt(now.Add(tokenLife).Unix(), 10))
	payload := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(claims)) {
		text := fill.Replace(claims[name])
		if !slices.Contains(textClaims[:], name) && json.Valid([]byte(text)) {
			payload[name] = json.RawMessage(text)
			continue
		}
		payload[name] = text
	}
	raw, err := json.Marshal(payload)
	if err != nil {
		return nil, fmt.Errorf("secrets: claims: %w", err)
	}
	return raw, nil
}
