package supply

import (
	"testing"
	"time"

	"listo/internal/engine/advisory"
	"listo/internal/engine/lockfile"
	"listo/internal/evidence"
)

const (
	pass     = evidence.Pass
	fail     = evidence.Fail
	unproven = evidence.Unproven
)

func TestJudgeRuntime(t *testing.T) {
	healthy := func() Runtime {
		table := Schedule{Source: "x", Taken: today().AddDate(0, -3, 0), AgeDays: 90}
		node := Running{Where: whereBuild, Version: "v26.1.0", Line: "26", State: "active-lts", Fit: true}
		process := node
		process.Where = whereProcess
		return Runtime{Today: today(), Node: table, Go: table, Parts: []RuntimePart{
			{Part: "api", Kind: kindNPM, Serves: true, Programs: []string{"node"}, Runs: []Running{node, process},
				Declared: []Declaration{{Where: "package.json engines.node", Text: ">=24", Admits: true, Fit: []string{"26", "24"}, Unfit: []string{"25"}}}},
			{Part: "tool", Kind: kindGo, Runs: []Running{{Where: whereBuild, Version: "go1.26.8", Line: "1.26", State: "supported", Fit: true}}},
		}}
	}
	judgeAll(t, runtime(), healthy, []row[Runtime]{
		{"healthy", func(o *Runtime) {}, pass, "supported"},
		{"the build's Node has ended", func(o *Runtime) { o.Parts[0].Runs[0].Fit, o.Parts[0].Runs[0].State = false, "end-of-life" }, fail, "ended"},
		{"the process's Node is current", func(o *Runtime) { o.Parts[0].Runs[1].Fit, o.Parts[0].Runs[1].State = false, "current" }, fail, "ended"},
		{"the Go has ended", func(o *Runtime) { o.Parts[1].Runs[0].Fit, o.Parts[1].Runs[0].State = false, "end-of-life" }, fail, "ended"},
		{"engines admits ended lines alone", func(o *Runtime) { o.Parts[0].Declared[0].Fit = nil }, fail, "ended"},
		{"engines does not admit what runs", func(o *Runtime) { o.Parts[0].Declared[0].Admits = false }, fail, "conflict"},
		{"a floating name", func(o *Runtime) { o.Parts[0].Declared[0].Floats = true }, fail, "floating"},
		{"nothing is declared", func(o *Runtime) { o.Parts[0].Declared = nil }, fail, "undeclared_runtime"},
		{"an old program runs", func(o *Runtime) { o.Parts[1].Drift = []string{"a: 1 → 2"} }, fail, "drifted"},
		{"another program answers", func(o *Runtime) { o.Parts[0].Runs, o.Parts[0].Programs = o.Parts[0].Runs[:1], []string{"bun"} }, unproven, "other_program"},
		{"no process is seen", func(o *Runtime) { o.Parts[0].Runs, o.Parts[0].Programs = o.Parts[0].Runs[:1], nil }, unproven, "unseen"},
		{"no node", func(o *Runtime) { o.Parts[1].Error, o.Parts[1].Runs = "go: not found", nil }, unproven, "unseen"},
		{"a release of tomorrow", func(o *Runtime) { o.Parts[0].Runs[0].Fit, o.Parts[0].Runs[0].State = false, "unknown" }, unproven, "unknown"},
		{"no release", func(o *Runtime) { o.Parts[1].Runs[0].Fit, o.Parts[1].Runs[0].State = false, "" }, unproven, "unknown"},
		{"an unreadable .nvmrc", func(o *Runtime) { o.Parts[0].Declared[0].Error = "no release" }, unproven, "unreadable"},
		{"no manifest", func(o *Runtime) { o.Parts[1].Kind = "" }, unproven, "unreadable"},
		{"an old calendar", func(o *Runtime) { o.Node.AgeDays = 401 }, unproven, "schedule_old"},
		{"no part", func(o *Runtime) { o.Parts = nil }, unproven, "nothing"},
		{"red goes before open", func(o *Runtime) {
			o.Parts[0].Runs, o.Parts[0].Programs = o.Parts[0].Runs[:1], nil
			o.Parts[1].Drift = []string{"a"}
		}, fail, "drifted"},
	})
}

func TestJudgeLock(t *testing.T) {
	healthy := func() Lock {
		return Lock{Found: Found{Tracked: 9}, Parts: []LockedPart{
			{Part: "web", Kind: kindNPM, File: "package-lock.json", Format: 3, Asked: 1, Counts: lockfile.Summary{Entries: 3, WithIntegrity: 3}},
			{Part: "api", Kind: kindGo, File: "go.sum", Asked: 1, Counts: lockfile.Summary{Entries: 1, WithIntegrity: 1}},
		}}
	}
	problem := func(kinds ...lockfile.Kind) func(*Lock) {
		return func(o *Lock) {
			for _, kind := range kinds {
				o.Parts[0].Problems = append(o.Parts[0].Problems, LockProblem{Kind: string(kind), Name: "a", Line: 3})
				o.Parts[0].Total++
			}
		}
	}
	rows := []row[Lock]{
		{"healthy", func(o *Lock) {}, pass, "pinned"},
		{"a module without requirements", func(o *Lock) { o.Parts[1].Counts, o.Parts[1].Asked = lockfile.Summary{}, 0 }, pass, "pinned"},
		{"an empty lock of one who asks", func(o *Lock) { o.Parts[1].Counts = lockfile.Summary{} }, unproven, "nothing"},
		{"no lock", func(o *Lock) { o.Parts[0].File = "" }, fail, "no_lock"},
		{"unreadable", func(o *Lock) { o.Parts[0].Error = "line 1" }, unproven, "unreadable"},
		{"unreadable, another one is red", func(o *Lock) { problem(lockfile.NoIntegrity)(o); o.Parts[1].Error = "line 1" }, fail, "unpinned"},
		{"a yarn.lock", func(o *Lock) { o.Found.Undeclared = []string{"web/yarn.lock"} }, unproven, "undeclared"},
		{"no part", func(o *Lock) { o.Parts = nil }, unproven, "nothing"},
		{"nothing tracked", func(o *Lock) { o.Found.Tracked = 0 }, unproven, "nothing"},
	}
	for kind, reason := range map[lockfile.Kind]string{
		lockfile.NoIntegrity: "unpinned", lockfile.WeakIntegrity: "unpinned", lockfile.BadIntegrity: "unpinned", lockfile.OldFormat: "unpinned",
		lockfile.OtherPackage: "foreign", lockfile.PlainHTTP: "foreign", lockfile.FromGit: "foreign", lockfile.FromTarball: "foreign", lockfile.LocalReplace: "foreign",
		lockfile.NotInSync: "out_of_sync", lockfile.Unresolved: "out_of_sync", lockfile.HalvesDiffer: "out_of_sync", hostNamed: "hosts",
	} {
		rows = append(rows, row[Lock]{string(kind), problem(kind), fail, reason})
	}
	judgeAll(t, lock(), healthy, rows)
}

func TestJudgeInstall(t *testing.T) {
	healthy := func() Install {
		return Install{Found: Found{Tracked: 9}, Parts: []InstalledPart{
			{Part: "web", Kind: kindNPM, Tracked: 9, CI: CI{Ran: true}, Entries: 3, Installed: 2, Left: 1},
			{Part: "api", Kind: kindNPM, Tracked: 9, CI: CI{Ran: true}, Entries: 1, Installed: 1},
		}}
	}
	code := func(code string) func(*Install) {
		return func(o *Install) { o.Parts[0].CI = CI{Ran: true, Exit: 1, Code: code} }
	}
	judgeAll(t, install(), healthy, []row[Install]{
		{"healthy", func(o *Install) {}, pass, "installed"},
		{"no npm part, and none to be seen", func(o *Install) { o.Parts = nil }, pass, "none"},
		{"no npm part, nothing tracked", func(o *Install) { *o = Install{} }, unproven, "nothing"},
		{"no npm part, but a lock", func(o *Install) { o.Parts, o.Found.Undeclared = nil, []string{"package-lock.json"} }, unproven, "undeclared"},
		{"another package", func(o *Install) {
			o.Parts[0].Total, o.Parts[0].Deviations = 1, []Deviation{{"node_modules/a", "a@1", "b@1"}}
		}, fail, "differs"},
		{"committed", func(o *Install) { o.Parts[0].Committed = 1 }, fail, "committed"},
		{"a script", func(o *Install) { o.Parts[0].Scripts, o.Parts[0].Undeclared = []string{"a@1"}, []string{"a@1"} }, fail, "scripts"},
		{"a script, declared", func(o *Install) { o.Parts[0].Scripts = []string{"a@1"} }, pass, "installed"},
		{"a script, switched off", func(o *Install) { o.Parts[0].Undeclared, o.Parts[0].Off = []string{"a@1"}, true }, pass, "installed"},
		{"EUSAGE", code("EUSAGE"), fail, "out_of_sync"},
		{"EINTEGRITY", code("EINTEGRITY"), fail, "integrity"},
		{"EBADENGINE", code("EBADENGINE"), fail, "engine"},
		{"ETARGET", code("ETARGET"), fail, "rejected"},
		{"no network", code("ENOTFOUND"), unproven, "unreachable"},
		{"the registry is ill", code("E503"), unproven, "unreachable"},
		{"who knows", code("ENOSPC"), unproven, "no_answer"},
		{"no npm", func(o *Install) { o.Parts[0].CI = CI{} }, unproven, "no_answer"},
		{"no network for one, another is red", func(o *Install) { code("ENOTFOUND")(o); o.Parts[1].Committed = 1 }, fail, "committed"},
		{"unreadable", func(o *Install) { o.Parts[0].Error = "line 1" }, unproven, "unreadable"},
		{"nothing came", func(o *Install) { o.Parts[0].Installed, o.Parts[1].Installed = 0, 0 }, unproven, "nothing"},
	})
}

func TestJudgeModules(t *testing.T) {
	healthy := func() Modules {
		return Modules{Found: Found{Tracked: 9}, Parts: []ModulePart{{Part: "api", Kind: kindGo, Required: 3, Local: 1, Downloaded: 2, Equal: 2, Verified: true}}}
	}
	judgeAll(t, modules(), healthy, []row[Modules]{
		{"healthy", func(o *Modules) {}, pass, "verified"},
		{"no Go part, and none to be seen", func(o *Modules) { o.Parts = nil }, pass, "none"},
		{"no Go part, nothing tracked", func(o *Modules) { *o = Modules{} }, unproven, "nothing"},
		{"no Go part, but a go.mod", func(o *Modules) { o.Parts, o.Found.Undeclared = nil, []string{"go.mod"} }, unproven, "undeclared"},
		{"forged", func(o *Modules) { o.Parts[0].Mismatched, o.Parts[0].Equal = []string{"a"}, 1 }, fail, "mismatch"},
		{"missing in go.sum, and all modules verified", func(o *Modules) { o.Parts[0].Unlisted, o.Parts[0].Equal = []string{"a"}, 1 }, fail, "unlisted"},
		{"a changed cache", func(o *Modules) { o.Parts[0].Verified, o.Parts[0].Verify = false, "a v1: dir has been modified" }, fail, "modified"},
		{"no proxy", func(o *Modules) { o.Parts[0].Offline, o.Parts[0].Download = true, "dial tcp" }, unproven, "unreachable"},
		{"go fails", func(o *Modules) { o.Parts[0].Download = "who knows" }, unproven, "no_answer"},
		{"one of three was told", func(o *Modules) { o.Parts[0].Equal = 1 }, unproven, "no_answer"},
		{"go mod verify fails", func(o *Modules) { o.Parts[0].Verified = false }, unproven, "no_answer"},
		{"unreadable", func(o *Modules) { o.Parts[0].Error = "line 1" }, unproven, "unreadable"},
	})
}

func TestJudgeBill(t *testing.T) {
	healthy := func() Materials {
		m := Materials{SHA256: "abc", Bytes: 9, Parts: []BilledPart{{Part: "api", Kind: kindGo, Packages: 10, Shipped: 9}}, Licensable: 10, Licensed: 9, Suppliable: 10, Supplied: 9}
		m.Report.Format, m.Report.HasAuthor, m.Report.HasTime = "1.6", true, true
		m.Report.Components, m.Report.WithName, m.Report.WithVersion, m.Report.WithID, m.Report.Reached = 11, 11, 11, 11, 11
		return m
	}
	judgeAll(t, bill(), healthy, []row[Materials]{
		{"healthy", func(o *Materials) {}, pass, "complete"},
		{"no npm package", func(o *Materials) { o.Licensable, o.Licensed = 0, 0 }, pass, "complete"},
		{"no bill", func(o *Materials) { *o = Materials{} }, unproven, "nothing"},
		{"no package", func(o *Materials) { o.Parts[0].Packages = 0 }, unproven, "nothing"},
		{"invalid", func(o *Materials) { o.Invalid = "at /components/0" }, fail, "invalid"},
		{"of 1.5", func(o *Materials) { o.Report.Format = "1.5" }, fail, "invalid"},
		{"a nameless component", func(o *Materials) { o.Report.WithVersion--; o.Unnamed = []string{"a"} }, fail, "incomplete"},
		{"a missing package", func(o *Materials) { o.Missing = []string{"a"} }, fail, "incomplete"},
		{"an island", func(o *Materials) { o.Report.Reached-- }, fail, "incomplete"},
		{"a contradiction", func(o *Materials) { o.Report.Faults = []string{"a"} }, fail, "incomplete"},
		{"who made them", func(o *Materials) { o.Supplied = 8 }, fail, "anonymous"},
		{"may we use them", func(o *Materials) { o.Licensed = 8 }, fail, "unlicensed"},
		{"a part failed", func(o *Materials) { o.Parts[0].Error = "go.mod line 1" }, unproven, "not_made"},
		{"no network", func(o *Materials) { o.Parts[0].Error, o.Parts[0].Offline = "dial tcp", true }, unproven, "unreachable"},
	})
}

func TestJudgeAdvisories(t *testing.T) {
	finding := func(level advisory.Level) func(*Advisories) {
		return func(o *Advisories) {
			f := advisory.Finding{Package: advisory.Package{Ecosystem: advisory.NPM, Name: "a", Version: "1.0.0"}, ID: "GHSA-x", Severity: advisory.Severity{Level: level}, Fixed: "1.0.1"}
			v := Vulnerable{Part: "web", Finding: f}
			o.Vulnerable, o.Total = append(o.Vulnerable, v), o.Total+1
			if v.Blocks() {
				o.Blocking++
			}
		}
	}
	healthy := func() Advisories {
		return Advisories{At: today(), Parts: []AskedPart{{Part: "web", Kind: kindNPM, Entries: 3, Asked: 2, Excluded: 1}}, Asked: 2, Held: 1, Ecosystems: []string{advisory.NPM},
			Proof: advisory.Proof{Ecosystems: []advisory.EcosystemProof{{Ecosystem: advisory.NPM, Loaded: 200_000, Newest: today().Add(-7 * 24 * time.Hour)}},
				Canaries: []advisory.Sung{{Canary: advisory.Canary{Ecosystem: advisory.NPM}, Found: true, SafeClean: true}}}}
	}
	judgeAll(t, advisories(), healthy, []row[Advisories]{
		{"healthy", func(o *Advisories) {}, pass, "clean"},
		{"a medium one", finding(advisory.LevelMedium), pass, "clean"},
		{"a high one", finding(advisory.LevelHigh), fail, "blocked"},
		{"a critical one", finding(advisory.LevelCritical), fail, "blocked"},
		{"a malicious one", finding(advisory.LevelMalicious), fail, "blocked"},
		{"an unrated one", finding(advisory.LevelUnknown), fail, "blocked"},
		{"no store", func(o *Advisories) { o.Absent, o.Proof, o.Asked = true, advisory.Proof{}, 0 }, unproven, "no_store"},
		{"a damaged store", func(o *Advisories) { o.Broken = "damaged" }, unproven, "broken"},
		{"a day too old", func(o *Advisories) { o.Proof.Ecosystems[0].Newest = today().Add(-8 * 24 * time.Hour) }, unproven, "stale"},
		{"another ecosystem is undated", func(o *Advisories) {
			o.Proof.Ecosystems[0].Newest = today().AddDate(-2, 0, 0)
			o.Proof.Ecosystems = append(o.Proof.Ecosystems, advisory.EcosystemProof{Ecosystem: advisory.Go, Loaded: 1})
		}, unproven, "stale"},
		{"of unknown count", func(o *Advisories) { o.Doubts = []Doubt{{Kind: "count_unknown"}} }, unproven, "partial"},
		{"too old, but it knows one", func(o *Advisories) {
			finding(advisory.LevelHigh)(o)
			o.Proof.Ecosystems[0].Newest = today().AddDate(-1, 0, 0)
		}, fail, "blocked"},
		{"a version nobody can compare", func(o *Advisories) { o.Undecided = []advisory.Undecided{{Reason: "no version"}} }, unproven, "undecided"},
		{"an unreadable part", func(o *Advisories) { o.Parts[0].Error = "line 1" }, unproven, "not_read"},
		{"a package was forgotten", func(o *Advisories) { o.Parts[0].Asked = 1 }, unproven, "not_read"},
		{"nothing was asked", func(o *Advisories) { o.Asked = 0 }, unproven, "nothing"},
		{"no canary", func(o *Advisories) { o.Proof.Canaries = nil }, unproven, "nothing"},
	})
	marked := healthy()
	marked.Proof.Test = true
	if f := judgeAdvisories(marked, defaults(advisories())); !f.Test || f.Outcome != pass {
		t.Errorf("a store made for a test is judged %+v", f)
	}
	if f := judgeAdvisories(healthy(), defaults(advisories())); f.Test {
		t.Error("a real store is called a test")
	}
}

func TestJudgeReproducible(t *testing.T) {
	healthy := func() Builds {
		built := Built{Ran: true, Files: 2, Bytes: 9, Digest: "sha256:a"}
		return Builds{Commit: "c", Found: Found{Tracked: 9}, Parts: []BuiltPart{
			{Part: "api", Kind: kindGo, Command: "go build", First: built, Second: built},
			{Part: "web", Kind: kindNPM, Command: "npm run build", First: built, Second: built, Committed: 2},
		}}
	}
	judgeAll(t, reproducible(), healthy, []row[Builds]{
		{"healthy", func(o *Builds) {}, pass, "identical"},
		{"other bytes", func(o *Builds) {
			o.Parts[0].Second.Digest, o.Parts[0].Total = "sha256:b", 1
			o.Parts[0].Diff = []Changed{{Path: "x"}}
		}, fail, "differs"},
		{"other bytes, not listed", func(o *Builds) { o.Parts[0].Second.Digest = "sha256:b" }, fail, "differs"},
		{"committed is older", func(o *Builds) { o.Parts[1].StaleTotal, o.Parts[1].Stale = 1, []Changed{{Path: "x"}} }, fail, "stale"},
		{"it does not build", func(o *Builds) { o.Parts[0].First = Built{Ran: true, Exit: 2, Detail: "no"} }, fail, "build_failed"},
		{"no network", func(o *Builds) { o.Parts[0].First = Built{Ran: true, Exit: 1, Offline: true} }, unproven, "unreachable"},
		{"no command", func(o *Builds) { o.Parts[0] = BuiltPart{Part: "api", Kind: kindGo} }, unproven, "no_build"},
		{"no manifest", func(o *Builds) { o.Parts[0].Kind = "" }, unproven, "no_build"},
		{"no time", func(o *Builds) { o.Parts[0].Second = Built{} }, unproven, "not_built"},
		{"an empty folder", func(o *Builds) { o.Parts[0].First.Files, o.Parts[0].Second.Files = 0, 0 }, unproven, "empty"},
		{"an unknown module", func(o *Builds) { o.Found.Undeclared = []string{"x/go.mod"} }, unproven, "undeclared"},
		{"no part", func(o *Builds) { o.Parts = nil }, unproven, "nothing"},
	})
}
