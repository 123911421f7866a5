package http

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"listo/internal/lab"
)

// arrived is one login of a crowd in its transcript.
type arrived struct {
	User   string  `json:"user"`
	Status int     `json:"status"`
	TookMS float64 `json:"took_ms"`
	Err    string  `json:"err,omitempty"`
}

// Crowd is Tokens for a load: it logs in up to n of the configured users, one
// after the other, and records all logins as one step with a transcript. The
// answers are not kept: they hold nothing but the tokens.
func (c *Client) Crowd(ctx context.Context, n int) ([]Token, error) {
	login := c.bench.Config.Login
	if login.Request == "" {
		return []Token{{}}, nil // a service that wants no token
	}
	if len(login.Users) == 0 {
		return nil, fmt.Errorf("login: there are no users: list some under login.users")
	}
	users := login.Users[:min(n, len(login.Users))]
	first, err := c.loginRequest(users[0])
	if err != nil {
		return nil, err
	}
	touch := c.bench.Touch("http", fmt.Sprintf("%s # the first of %d users", c.Replay(first), len(users)))
	var tokens []Token
	var transcript []byte
	for _, user := range users {
		var line arrived
		line, tokens, err = c.arrive(ctx, user, tokens)
		text, _ := json.Marshal(line) // it has no type that fails
		transcript = append(append(transcript, text...), '\n')
		if err != nil {
			break
		}
	}
	touch.Capture("logins", "application/jsonl", transcript, false)
	touch.End(0, err)
	return tokens, err
}

func (c *Client) arrive(ctx context.Context, user string, tokens []Token) (arrived, []Token, error) {
	r, err := c.loginRequest(user)
	if err != nil {
		return arrived{User: user, Err: err.Error()}, tokens, err
	}
	began := time.Now()
	a := c.send(ctx, r, MaxBody)
	value, err := c.tokenIn(a)
	line := arrived{User: user, Status: a.Status, TookMS: lab.Milliseconds(time.Since(began))}
	if err != nil {
		line.Err = err.Error()
		return line, tokens, fmt.Errorf("login: %s for %s: %w", c.bench.Config.Login.Request, user, err)
	}
	return line, append(tokens, Token{User: user, Value: value}), nil
}
