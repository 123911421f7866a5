//go:build disease

package disease

// frontends are the diseases of the frontend as it is served.
func frontends() []Disease {
	return []Disease{
		frontendInjected(), frontendStale(), frontendStaleGzip(), frontendFallback(),
	}
}
