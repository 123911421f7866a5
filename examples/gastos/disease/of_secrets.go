//go:build disease

package disease

// secrets are the diseases of what must stay secret.
func secrets() []Disease {
	return []Disease{
		secretHardcoded(), secretDefaultAccepted(), secretTruncated(), jwtUnverified(),
		secretInLog(), secretInLogBase64(),
		secretInResponse(), secretInError(),
	}
}
