//go:build disease

package disease

// pools are the diseases of the pool of connections.
func pools() []Disease {
	return []Disease{
		poolIgnored(), poolParsedDefault(), poolDriverDefault(), poolTwo(), poolFour(), poolOne(), poolTwoPerRequest(),
		poolPerRequest(), poolDiscards(),
		leakErrorPath(), leakOnAbort(), leakSporadic(),
		poolBornUnused(), poolWarmSpare(),
		poolImpatient(),
		poolAnonymous(), poolMisnamed(),
	}
}
