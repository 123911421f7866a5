//go:build disease

package disease

// errorsIll are the diseases of errors: of their form, of what stands beside it, and
// of where they end. Some more stand among those of contracts.
func errorsIll() []Disease {
	return []Disease{
		errorNoChallenge(), errorKept(), errorSniffed(), errorUnreadable(), errorIDLost(), errorUnreadableDown(),
		errorOverflows(), errorCut(), errorHeadBody(), errorHeadFine(), errorGzipLie(),
		errorSmilesAbsent(), errorSmilesMalformed(),
		errorArray(), errorPlainMedia(), errorDuplicateKey(), errorPageDown(), errorCutDown(), errorAddressTold(),
		errorFileTold(), errorDecoderTold(), errorNoAllow(), errorLimitedPage(), errorTraceCrashes(),
	}
}
