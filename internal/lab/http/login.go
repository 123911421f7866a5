package http

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"listo/internal/engine/redact"
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
		token, err := c.Login(ctx, user)
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, token)
	}
	return tokens, nil
}

// loginRequest gives the request that logs a user in.
func (c *Client) loginRequest(user string) (Request, error) {
	login := c.bench.Config.Login
	method, path, ok := strings.Cut(login.Request, " ")
	if !ok {
		return Request{}, fmt.Errorf("login: request %q has no path: write it as POST /path", login.Request)
	}
	body := strings.NewReplacer("{user}", jsonText(user), "{password}", jsonText(login.Password)).Replace(login.Body)
	return Request{Method: method, Path: path, Body: []byte(body), Shown: withoutPassword(login.Body, user),
		Header: http.Header{"Content-Type": {"application/json"}}}, nil
}

// Login logs one user in and gives their token.
func (c *Client) Login(ctx context.Context, user string) (Token, error) {
	r, err := c.loginRequest(user)
	if err != nil {
		return Token{}, err
	}
	touch := c.bench.Touch("http", c.Replay(r))
	a := c.send(ctx, r, MaxBody)
	value, err := c.tokenIn(a)
	if err != nil && a.Status/100 == 2 {
		a.Body = nil // it may hold a token where nobody looked: none reaches the disk
	}
	keep(touch, a)
	if err != nil {
		return Token{}, fmt.Errorf("login: %s for %s: %w", c.bench.Config.Login.Request, user, err)
	}
	return Token{User: user, Value: value}, nil
}

// ReplayLogin is the shell command that logs a user in and puts the token into a
// variable.
func (c *Client) ReplayLogin(user, variable string) string {
	r, err := c.loginRequest(user)
	if err != nil {
		return "# " + err.Error()
	}
	line := strings.Replace(c.Replay(r), "curl -sS -i", "curl -sS", 1)
	var filter strings.Builder
	for _, part := range strings.Split(strings.TrimPrefix(c.bench.Config.Login.Token, "/"), "/") {
		filter.WriteString(`["` + jsonText(strings.NewReplacer("~1", "/", "~0", "~").Replace(part)) + `"]`)
	}
	return variable + "=$(" + line + " | jq -r " + shell.Quote("."+filter.String()) + ")"
}

// tokenIn finds the token in the answer to a login, and makes the record hide it
// and whatever else calls itself a token there.
func (c *Client) tokenIn(a Answer) (string, error) {
	switch {
	case a.Err != nil:
		return "", a.Err
	case a.Status/100 != 2:
		return "", fmt.Errorf("it answered %d: check login.users and login.password", a.Status)
	}
	var answer any
	if err := json.Unmarshal(a.Body, &answer); err != nil {
		return "", fmt.Errorf("it answered no JSON: %w", err)
	}
	path := c.bench.Config.Login.Token
	value, ok := pointer(answer, path).(string)
	if !ok || value == "" {
		return "", fmt.Errorf("the answer has no token at %q: set login.token to its JSON pointer", path)
	}
	c.learn(value)
	c.learnAnswer(a)
	return value, nil
}

// learnAnswer makes the record hide all that calls itself a token in an answer.
func (c *Client) learnAnswer(a Answer) {
	var body any
	if json.Unmarshal(a.Body, &body) == nil {
		c.learnNamed(body, false)
	}
	for name, values := range a.Header {
		for _, v := range values {
			c.learnNamed(v, namesToken(name))
		}
	}
}

func (c *Client) learn(token string) { c.bench.Learn(redact.Secret{Name: "TOKEN", Value: token}) }

// learnNamed learns every text below a key that calls it a token: a login often
// gives a second one, for refreshing.
func (c *Client) learnNamed(v any, named bool) {
	switch v := v.(type) {
	case string:
		if named {
			c.learn(v)
		}
	case []any:
		for _, element := range v {
			c.learnNamed(element, named)
		}
	case map[string]any:
		for key, value := range v {
			c.learnNamed(value, named || namesToken(key))
		}
	}
}

func namesToken(key string) bool {
	key = strings.ToLower(key)
	return slices.ContainsFunc([]string{"token", "jwt", "session"}, func(word string) bool { return strings.Contains(key, word) })
}

// withoutPassword is how a login's body stands in a replay line; nil when there
// is no password in it.
func withoutPassword(body, user string) *shell.Word {
	if !strings.Contains(body, "{password}") {
		return nil
	}
	var parts []any
	for i, piece := range strings.Split(body, "{password}") {
		if i > 0 {
			parts = append(parts, shell.Var("PASSWORD"))
		}
		parts = append(parts, strings.ReplaceAll(piece, "{user}", jsonText(user)))
	}
	shown := shell.Text(parts...)
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
