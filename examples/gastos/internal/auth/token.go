package auth

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	issuer = "gastos"
	// Lifetime is how long a token is good for.
	Lifetime = time.Hour
)

// ErrToken says that a token proves nothing. It wraps no cause: why a forged token
// was refused is nobody's business.
var ErrToken = errors.New("auth: token refused: log in again")

// Tokens issues and verifies access tokens: JWT (RFC 7519) signed with HS256, and
// with nothing else.
type Tokens struct {
	key    []byte
	now    func() time.Time
	parser *jwt.Parser
}

// NewTokens takes the signing key and a clock.
func NewTokens(key []byte, now func() time.Time) *Tokens {
	return &Tokens{key: key, now: now, parser: jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithIssuer(issuer),
		jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(),
		jwt.WithStrictDecoding(),
		jwt.WithTimeFunc(now),
	)}
}

// Issue returns a token for a user and the second it expires.
func (t *Tokens) Issue(usuarioID int64) (token string, expiresAt time.Time, err error) {
	issued := t.now().UTC().Truncate(time.Second)
	expiresAt = issued.Add(Lifetime)
	claims := jwt.RegisteredClaims{
		Issuer:    issuer,
		Subject:   strconv.FormatInt(usuarioID, 10),
		IssuedAt:  jwt.NewNumericDate(issued),
		ExpiresAt: jwt.NewNumericDate(expiresAt),
	}
	token, err = jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(t.key)
	if err != nil {
		return "", time.Time{}, fmt.Errorf("auth: sign a token: %w", err)
	}
	return token, expiresAt, nil
}

// Verify returns the user of a token, or ErrToken.
func (t *Tokens) Verify(token string) (usuarioID int64, err error) {
	var claims jwt.RegisteredClaims
	if _, err := t.parser.ParseWithClaims(token, &claims, func(*jwt.Token) (any, error) { return t.key, nil }); err != nil {
		return 0, ErrToken
	}
	id, err := strconv.ParseInt(claims.Subject, 10, 64)
	if err != nil || id < 1 || claims.IssuedAt == nil {
		return 0, ErrToken
	}
	return id, nil
}
