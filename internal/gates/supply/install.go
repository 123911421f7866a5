package supply

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"listo/internal/engine/lockfile"
	"listo/internal/evidence"
	"listo/internal/lab"
)

// install asks whether `npm ci` in a clean copy brings exactly what the lock says.
func install() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: installID, Class: installID, Needs: needs(),
		Reasons: []string{"installed", "none", "differs", "committed", "scripts", "out_of_sync", "integrity", "engine", "rejected",
			"unreachable", "no_answer", "unreadable", "undeclared", "nothing"},
	}, runInstall, judgeInstall)
}

// Install is what npm ci brought, part by part.
type Install struct {
	Found Found           `json:"found"`
	Parts []InstalledPart `json:"parts,omitempty"`
}

// InstalledPart is one part installed in a clean copy.
type InstalledPart struct {
	Part      string `json:"part"`
	Kind      string `json:"kind,omitempty"`
	Tracked   int    `json:"tracked"`         // files of the copy
	Committed int    `json:"committed"`       // of them below a node_modules
	Error     string `json:"error,omitempty"` // why lock or tree could not be read
	CI        CI     `json:"ci"`
	Entries   int    `json:"entries"`   // of the lock, links and workspaces left out
	Installed int    `json:"installed"` // are what the lock says
	Left      int    `json:"left"`      // optional and not installed: another platform's
	// Deviations are the first of Total places that are not what the lock says.
	Deviations []Deviation `json:"deviations,omitempty"`
	Total      int         `json:"total"`
	// Scripts are those that want to run a program when they are installed: packages
	// of the lock, and the project's own lifecycle scripts. Off tells that the
	// project's .npmrc keeps npm from running them; Undeclared that nobody allowed them.
	Scripts    []string `json:"scripts,omitempty"`
	Off        bool     `json:"off"`
	Undeclared []string `json:"undeclared,omitempty"`
}

// Deviation is a place in node_modules that is not what the lock says.
type Deviation struct {
	Path   string `json:"path"`
	Locked string `json:"locked,omitempty"` // name@version; "" when the lock has no such entry
	Found  string `json:"found,omitempty"`  // "" when nothing is there
}

func runInstall(ctx context.Context, b *lab.Bench) (Install, error) {
	all := parts(b)
	found, err := look(ctx, b, all, slices.Concat([]string{"package-lock.json", "npm-shrinkwrap.json"}, otherLocks)...)
	o := Install{Found: found}
	if err != nil {
		return o, err
	}
	for _, p := range of(all, kindNPM) {
		i, err := installPart(ctx, b, p)
		if err != nil {
			return o, err
		}
		o.Parts = append(o.Parts, i)
	}
	return o, nil
}

func installPart(ctx context.Context, b *lab.Bench, p part) (InstalledPart, error) {
	i := InstalledPart{Part: p.Name, Kind: p.kind}
	if p.kind == "" {
		return i, nil
	}
	folder, away, err := room(b)
	defer away()
	if err != nil {
		return i, err
	}
	c, err := layOut(ctx, b, p, filepath.Join(folder, "copy"))
	if err != nil {
		return i, err
	}
	i.Tracked = len(c.tracked)
	for _, name := range c.tracked {
		if slices.Contains(strings.Split(name, "/"), "node_modules") {
			i.Committed++
		}
	}
	lock, project, err := npmLock(b, p, c.folder)
	if err != nil {
		i.Error = readable(err.Error())
		return i, nil
	}
	i.scripts(lock, project, c.folder, settings(b).InstallScripts)
	if i.CI, err = npmCI(ctx, b, c); err != nil || i.CI.verdict() != "" {
		return i, err
	}
	return i, i.compare(ctx, b, lock, c.folder)
}

// scripts lists what would run a program during the installation.
func (i *InstalledPart) scripts(lock *lockfile.NPM, project *lockfile.Project, folder string, allowed []string) {
	for _, p := range lock.Packages {
		if p.InstallScript {
			i.Scripts = append(i.Scripts, readable(p.Name+"@"+p.Version))
			if !slices.Contains(allowed, p.Name) {
				i.Undeclared = append(i.Undeclared, readable(p.Name+"@"+p.Version))
			}
		}
	}
	for _, name := range project.InstallScripts {
		i.Scripts = append(i.Scripts, name)
		if !slices.Contains(allowed, project.Name) {
			i.Undeclared = append(i.Undeclared, readable(cmp.Or(project.Name, i.Part)+": "+name))
		}
	}
	if npmrc, err := read(folder, ".npmrc"); err == nil {
		i.Off = lockfile.IgnoresScripts(npmrc)
	}
}

// compare holds the installed tree against the lock.
func (i *InstalledPart) compare(ctx context.Context, b *lab.Bench, lock *lockfile.NPM, folder string) error {
	touch := b.Touch("file", "find node_modules -name package.json -path '*node_modules/*' | xargs jq -r '.name + \"@\" + .version'")
	tree, err := lock.CompareTree(ctx, os.DirFS(folder), false)
	if err != nil {
		touch.End(0, err)
		return err
	}
	var listing strings.Builder
	for _, p := range tree.Installed {
		listing.WriteString(p.Path + " " + p.Name + "@" + p.Version + "\n")
	}
	touch.Capture(i.Part+" tree", "text/plain", []byte(listing.String()), true)
	touch.End(0, nil)
	i.Entries, i.Installed, i.Left = tree.Entries, len(tree.Installed), len(tree.Left)
	all := slices.Concat(tree.Different, tree.Extra, tree.Missing)
	i.Total = len(all)
	for _, d := range all[:min(len(all), 20)] {
		i.Deviations = append(i.Deviations, Deviation{readable(d.Path), readable(d.Locked), readable(cmp.Or(d.Found, d.Detail))})
	}
	return nil
}

// verdict names what happened to one part; "" when all is as the lock says.
func (i InstalledPart) verdict() string {
	switch {
	case i.Kind == "" || i.Error != "":
		return "unreadable"
	case i.Committed > 0:
		return "committed"
	case i.CI.verdict() != "":
		return i.CI.verdict()
	case i.Total > 0:
		return "differs"
	case len(i.Undeclared) > 0 && !i.Off:
		return "scripts"
	case i.Tracked == 0 || i.Entries == 0 && i.Installed == 0 && !i.CI.Ran:
		return "nothing"
	}
	return ""
}

func judgeInstall(o Install, _ evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"parts": len(o.Parts), "tracked": o.Found.Tracked, "undeclared": few(o.Found.Undeclared),
		"part": "", "detail": "", "code": "", "named": "", "scripts": 0}
	entries, installed, left, scripts := 0, 0, 0, 0
	reason, failed := "", false
	for _, p := range o.Parts {
		entries, installed, left, scripts = entries+p.Entries, installed+p.Installed, left+p.Left, scripts+len(p.Scripts)
		v := p.verdict()
		fails := v != "" && !slices.Contains([]string{"unreachable", "no_answer", "unreadable", "nothing"}, v)
		if v == "" || failed || (reason != "" && !fails) {
			continue
		}
		reason, failed = v, fails
		facts["part"], facts["code"], facts["detail"], facts["named"] = p.Part, p.CI.Code, cmp.Or(p.Error, p.CI.Detail), p.named(v)
	}
	facts["entries"], facts["installed"], facts["left"], facts["scripts"] = entries, installed, left, scripts
	switch {
	case failed:
		return evidence.Failed(reason, facts)
	case reason != "":
		return evidence.Undecided(reason, facts)
	case len(o.Found.Undeclared) > 0:
		return evidence.Undecided("undeclared", facts)
	case o.Found.Tracked == 0:
		return evidence.Undecided("nothing", facts)
	case len(o.Parts) == 0:
		return evidence.Passed("none", facts)
	case entries > 0 && installed == 0:
		return evidence.Undecided("nothing", facts)
	}
	return evidence.Passed("installed", facts)
}

// named gives what a finding quotes: places, or scripts.
func (i InstalledPart) named(reason string) string {
	if reason == "scripts" {
		return few(i.Undeclared)
	}
	var all []string
	for _, d := range i.Deviations {
		all = append(all, d.Path+": "+cmp.Or(d.Locked, "–")+" → "+cmp.Or(d.Found, "–"))
	}
	return few(all)
}
