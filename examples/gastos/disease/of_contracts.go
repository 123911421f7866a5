//go:build disease

package disease

// contracts are the diseases of what the service promises in its document, and of
// its errors.
func contracts() []Disease {
	return []Disease{
		contractWrongType(), contractMissingField(), contractDuplicateKey(),
		contractWrongMedia(), contractUndocumentedStatus(), contractShadowRoute(),
		contractShadowMethod(), contractGhost(), contractInvalidIs500(),
		contractMinimumIgnored(), contractFormatIgnored(), contractEnumIgnored(),
		errorHTML(), errorStatusLies(), errorMethodUnknown(),
		errorStack(), errorSQL(), errorLimitedText(),
		errorMethodCrashes(),
	}
}
