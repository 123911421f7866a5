//go:build disease

package disease

// securities are the diseases that a stranger or a browser would meet.
func securities() []Disease {
	return []Disease{
		headersNotOn404(), headersNotOn500(), nosniffMissing(), referrerUnsafe(),
		openerMissing(), frameOptionsTwice(), dataCacheable(), auditorOn(), headersNotOnRefusedBodies(),
		cspUnsafeInline(), cspReportOnly(),
		hstsOverHTTP(), hstsNotOnErrors(),
		corsReflects(), corsEndsWith(), corsNull(), corsWithoutVary(),
		corsNotOn413(), corsNotOn500(), corsEchoesMethod(), corsPrivateNetwork(), corsOpenWhenUnset(),
		sizeChunkedUnlimited(), sizeCutOff(),
		tokenExpiredAccepted(), tokenInQuery(),
		tenantUncheckedRoute(), routeWithoutToken(),
		gitServed(), versionTold(),
		framingBothEnds(), framingCoding(), framingChunkSize(), framingFirstLength(),
		connectGranted(), upgradeGranted(), pathUndressed(), folderLeft(), hostRepeated(), headEndless(), jsonDeepBreaks(),
		forwardedHostRepeated(), originalURLHeeded(), userSaid(), realIPBelieved(), logForged(),
		slowHands(),
		rateNone(), rateByHeader(), rateShared(), rateRetryAfterMissing(), rateRetryAfterLies(),
	}
}
