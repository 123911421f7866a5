//go:build disease

package disease

// parities are the diseases of a service that behaves otherwise than production
// demands.
func parities() []Disease {
	return []Disease{
		compressionAbsent(), compressionStale(), compressionNoVary(), compressionNeedless(),
		proxyAnybody(), proxyLeftmost(), proxyIgnored(), proxyProtoAnybody(),
		headerTimeoutAbsent(), headerTimeoutLate(), bodyTimeoutAbsent(), idleBeforeBalancer(),
		keepAliveDisabled(), keepAliveShort(),
		bodyLimitLarger(), bodyLimitSmaller(),
	}
}
