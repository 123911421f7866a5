package lockfile

import (
	"encoding/base64"
	"net/url"
	"path"
	"slices"
	"strings"
)

// origin tells where an address leads. Without one it is a registry's release
// of which the host is unknown: npm leaves addresses out on request.
func origin(resolved string) (Source, string) {
	if resolved == "" {
		return Registry, ""
	}
	u, err := url.Parse(resolved)
	if err != nil {
		return Tarball, ""
	}
	switch {
	case u.Scheme == "file" && isArchive(resolved):
		return Tarball, "" // somebody's release, only fetched before
	case u.Scheme == "file" || u.Scheme == "link":
		return File, ""
	case strings.HasPrefix(u.Scheme, "git") || u.Scheme == "bitbucket" || u.Scheme == "gist":
		return Git, u.Hostname()
	case (u.Scheme == "https" || u.Scheme == "http") && strings.Contains(u.Path, "/-/"):
		return Registry, u.Hostname()
	case u.Scheme == "https" || u.Scheme == "http":
		return Tarball, u.Hostname()
	}
	return File, ""
}

func isArchive(address string) bool {
	return strings.HasSuffix(address, ".tgz") || strings.HasSuffix(address, ".tar.gz") || strings.HasSuffix(address, ".tar")
}

// Problems gives everything in the lock that weakens what it pins, by line.
func (lock *NPM) Problems() []Problem {
	all := slices.Clone(lock.problems)
	for _, p := range lock.Packages {
		if p.Local() {
			continue
		}
		add := func(kind Kind, detail string) {
			all = append(all, Problem{Kind: kind, Path: p.Path, Name: p.Name, Line: p.Line, Detail: detail})
		}
		switch p.Source {
		case Git:
			add(FromGit, p.Resolved)
		case Tarball:
			add(FromTarball, p.Resolved)
		}
		if strings.HasPrefix(strings.ToLower(p.Resolved), "http:") {
			add(PlainHTTP, p.Resolved)
		}
		if p.Source == Registry && p.Resolved != "" && !leadsTo(p.Resolved, p.Name, p.Version) {
			add(OtherPackage, p.Resolved)
		}
		if kind, weak := p.weakness(); weak {
			add(kind, p.Integrity)
		}
	}
	slices.SortFunc(all, byPlace)
	return all
}

// weakness judges an entry's integrity. What came inside another package is
// covered by that one's, and a commit by its own name.
func (p Package) weakness() (Kind, bool) {
	if p.Integrity == "" {
		return NoIntegrity, !p.Bundled && p.Source != Git
	}
	strong := false
	for _, sum := range strings.Fields(p.Integrity) {
		algorithm, digest, known := cutSRI(sum)
		if !known {
			return BadIntegrity, true
		}
		strong = strong || (digest != "" && algorithm != "sha1" && algorithm != "md5")
	}
	return WeakIntegrity, !strong
}

// cutSRI takes one Subresource Integrity sum apart into the algorithm and the
// digest's bytes (W3C SRI, section 3.5).
func cutSRI(sum string) (algorithm, digest string, ok bool) {
	sum, _, _ = strings.Cut(sum, "?") // options mean nothing here
	algorithm, encoded, _ := strings.Cut(sum, "-")
	raw, err := base64.StdEncoding.DecodeString(encoded)
	lengths := map[string]int{"md5": 16, "sha1": 20, "sha256": 32, "sha384": 48, "sha512": 64}
	return algorithm, string(raw), err == nil && len(raw) == lengths[algorithm] && len(raw) > 0
}

// Digests gives the sums of an npm entry: algorithm (sha512) to the raw digest.
// What is no sum is left out.
func (p Package) Digests() map[string]string {
	sums := map[string]string{}
	if p.Ecosystem == EcosystemNPM {
		for _, sum := range strings.Fields(p.Integrity) {
			if algorithm, digest, ok := cutSRI(sum); ok {
				sums[algorithm] = digest
			}
		}
	}
	return sums
}

// leadsTo tells whether a registry's address is that of this release: it ends
// in /<name>/-/<name without scope>-<version>.tgz. `npm ci` does not look.
func leadsTo(resolved, name, version string) bool {
	u, err := url.Parse(resolved)
	if err != nil {
		return false
	}
	version, _, _ = strings.Cut(version, "+") // a registry drops build metadata
	before, its := strings.CutSuffix(u.Path, "/"+name+"/-/"+path.Base(name)+"-"+version+".tgz")
	// What ends in /a/-/a-1.0.0.tgz may still be @someone/a.
	return its && (strings.HasPrefix(name, "@") || !strings.HasPrefix(path.Base(before), "@"))
}
