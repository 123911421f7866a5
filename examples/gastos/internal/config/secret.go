package config

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is a value that must not be seen. However it is printed, logged or
// marshalled, only a placeholder comes out; Reveal is the one way to the value.
type Secret string

const placeholder = "[secret]"

// Reveal returns the value itself.
func (s Secret) Reveal() string { return string(s) }

// Format implements fmt.Formatter: no verb shows the value, not even a wrong one.
func (Secret) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, placeholder) }

// LogValue implements slog.LogValuer.
func (Secret) LogValue() slog.Value { return slog.StringValue(placeholder) }

// MarshalText implements encoding.TextMarshaler, which JSON uses too.
func (Secret) MarshalText() ([]byte, error) { return []byte(placeholder), nil }
