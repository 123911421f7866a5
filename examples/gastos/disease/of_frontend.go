//go:build disease

package disease

// frontends are the diseases of the frontend as it is served and as a browser meets it.
func frontends() []Disease {
	return []Disease{
		frontendInjected(), frontendStale(), frontendStaleGzip(), frontendFallback(), frontendWrites(),
		browserPolicyScript(), browserPolicyAPI(), browserElsewhere(),
		browserListFails(), browserListHangs(), browserLoginRefused(),
		browserScriptType(), browserScriptBroken(),
	}
}
