package advisory

// Canary is a well-known vulnerability that every honest store contains: it must
// be found in one version and not in the next.
type Canary struct {
	Ecosystem  string `json:"ecosystem"`
	Name       string `json:"name"`
	ID         string `json:"id"`
	Vulnerable string `json:"vulnerable"`
	Safe       string `json:"safe"`
}

// Sung is a canary's trial.
type Sung struct {
	Canary
	Found     bool `json:"found"`     // the vulnerable version has it
	SafeClean bool `json:"safeClean"` // the safe version has it not
}

// Canaries are the trials, at least one per ecosystem and source of records:
// GHSA, MAL, the Go database's modules and its standard library.
func Canaries() []Canary {
	return []Canary{
		{NPM, "lodash", "GHSA-35jh-r3h4-6jhm", "4.17.20", "4.17.21"},
		{NPM, "minimist", "GHSA-xvch-5gv4-984h", "1.2.5", "1.2.6"},
		{NPM, "fsevents", "MAL-2023-462", "1.2.9", "1.2.11"},
		{Go, "golang.org/x/text", "GO-2022-1059", "v0.3.7", "v0.3.8"},
		{Go, "gopkg.in/yaml.v2", "GO-2022-0956", "v2.2.3", "v2.2.4"},
		{Go, "stdlib", "GO-2024-2598", "1.21.7", "1.21.8"},
	}
}

// sing tries the canaries of an ecosystem on the open store, through the same
// code as every other release.
func (s *Store) sing(ecosystem string) ([]Sung, error) {
	var all []Sung
	for _, c := range Canaries() {
		if c.Ecosystem != ecosystem {
			continue
		}
		vulnerable, err := s.names(Package{c.Ecosystem, c.Name, c.Vulnerable}, c.ID)
		if err != nil {
			return nil, err
		}
		safe, err := s.names(Package{c.Ecosystem, c.Name, c.Safe}, c.ID)
		if err != nil {
			return nil, err
		}
		all = append(all, Sung{Canary: c, Found: vulnerable, SafeClean: !safe})
	}
	return all, nil
}

// names tells whether a record names a release.
func (s *Store) names(p Package, id string) (bool, error) {
	records, ordering, err := s.lookUp(p)
	if err != nil || ordering == nil {
		return false, err
	}
	hits, _ := evaluate(records, ordering, p)
	for _, h := range hits {
		if h.record.ID == id {
			return true, nil
		}
	}
	return false, nil
}
