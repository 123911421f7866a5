package advisory

import "slices"

// Upgrade proposes the lowest version above the given one that the store's
// records call fixed and that no record names: the next one free of everything
// known. It is "" when there is none. The store does not know which versions are
// published; a proposal is proved by resolving and matching it anew.
func (s *Store) Upgrade(p Package) (string, error) {
	records, ordering, err := s.lookUp(p)
	if err != nil || ordering == nil || ordering.valid(p.Version) != nil {
		return "", err
	}
	for _, candidate := range fixes(records, ordering, p.Version) {
		hits, undecided := evaluate(records, ordering, Package{p.Ecosystem, p.Name, candidate})
		if len(hits)+len(undecided) == 0 {
			return candidate, nil
		}
	}
	return "", nil
}

// fixes gives every version above one that some record calls fixed, in order.
func fixes(records []record, ordering scheme, above string) []string {
	var all []string
	for _, r := range records {
		for _, a := range r.Affected {
			for _, events := range a.Ranges {
				for _, event := range events {
					fixed, is := event["fixed"]
					if is && ordering.valid(fixed) == nil && ordering.compare(fixed, above) > 0 {
						all = append(all, fixed)
					}
				}
			}
		}
	}
	slices.SortFunc(all, ordering.compare)
	return slices.Compact(all)
}
