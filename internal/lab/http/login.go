package http

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"listo/internal/engine/shell"
)

// Tokens logs in up to n of the configured users and gives their tokens. Fewer
// users than n is no error: the caller spreads its requests over those it gets.
// The first login that fails ends it.
func (c *Client) Tokens(ctx context.Context, n int) ([]Token, error) {
	login := c.bench.Config.Login
	if login.Request == "" {
		return []Token{{}}, nil // a service that wants no token
	}
	if len(login.Users) == 0 {
		return nil, fmt.Errorf("login: there are no users: list some under login.users")
	}
	var tokens []Token
	for _, user := range login.Users[:min(n, len(login.Users))] {
		token, err := c.login(ctx, user)
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, token)
	}
	return tokens, nil
}

func (c *Client) login(ctx context.Context, user string) (Token, error) {
	login := c.bench.Config.Login
	method, path, ok := strings.Cut(login.Request, " ")
	if !ok {
		return Token{}, fmt.Errorf("login: request %q has no path: write it as POST /path", login.Request)
	}
	body := strings.NewReplacer("{user}", jsonText(user), "{password}", jsonText(login.Password)).Replace(login.Body)
	a := c.Do(ctx, Request{Method: method, Path: path, Body: []byte(body), Shown: withoutPassword(login.Body, user),
		Header: http.Header{"Content-Type": {"application/json"}}})
	if a.Err != nil {
		return Token{}, a.Err
	}
	if a.Status/100 != 2 {
		return Token{}, fmt.Errorf("login: %s answered %d for %s: check login.users and login.password", login.Request, a.Status, user)
	}
	var answer any
	if err := json.Unmarshal(a.Body, &answer); err != nil {
		return Token{}, fmt.Errorf("login: %s answered no JSON: %w", login.Request, err)
	}
	value, ok := pointer(answer, login.Token).(string)
	if !ok || value == "" {
		return Token{}, fmt.Errorf("login: the answer has no token at %q: set login.token to its JSON pointer", login.Token)
	}
	return Token{User: user, Value: value}, nil
}

// withoutPassword is how a login's body stands in a replay line.
func withoutPassword(body, user string) *shell.Word {
	before, after, found := strings.Cut(strings.ReplaceAll(body, "{user}", jsonText(user)), "{password}")
	if !found {
		return nil
	}
	shown := shell.Text(before, shell.Var("PASSWORD"), after)
	return &shown
}

// jsonText gives s as the inside of a JSON string.
func jsonText(s string) string {
	quoted, _ := json.Marshal(s) // a string always marshals
	return string(quoted[1 : len(quoted)-1])
}

// pointer walks a JSON pointer (RFC 6901) over objects; nil when it leads nowhere.
func pointer(v any, path string) any {
	for _, part := range strings.Split(strings.TrimPrefix(path, "/"), "/") {
		object, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = object[strings.NewReplacer("~1", "/", "~0", "~").Replace(part)]
	}
	return v
}
