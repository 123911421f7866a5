//go:build disease

package disease

// loads are the diseases of a service that many people use at once.
func loads() []Disease {
	return []Disease{
		loadSlowEighth(), loadSlowEndpoint(), loadGrows(), loadPause(), loadLock(), loadExhausted(),
		loadDrops(), loadFirstLost(), loadErrors(), loadFastErrors(), loadSheds(), loadTruncated(), loadLies(),
		loadSlowRare(), loadCold(), loadPoolOne(), loadDropsRarely(), loadKeepAliveRace(),
		loadEmpty(), loadLoginWall(), loadThrottles(), loadTenant(), loadIdentity(),
	}
}
