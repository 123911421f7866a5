package cli

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"listo/internal/engine/discover"
)

// databaseKeys names the database that was asked, or a throw-away one that the
// found migrations fill. An attached service has its own.
func (f findings) databaseKeys(d *draft) {
	_, managed := f.program()
	switch {
	case f.database != nil:
		d.setRaw("database.url", "${DATABASE_URL}", "as the service uses it; the value stays in the environment")
		d.set("database.name", f.database.name, "recorded by listo init: another one is refused")
		d.setRaw("database.system_identifier", `"`+f.database.system+`"`, "recorded by listo init: another one is refused")
		f.hide(d, "scratch", "owner", "user", "prepare", "max_connections")
	case managed:
		f.scratch(d)
	default:
		d.setRaw("database.url", "${DATABASE_URL}", "as the service uses it; then run listo init --force with DATABASE_URL set, which records whose it is")
		f.hide(d, "scratch", "owner", "user", "prepare", "max_connections")
	}
}

func (f findings) hide(d *draft, names ...string) {
	for _, name := range names {
		d.hidden["database."+name] = true
	}
}

func (f findings) scratch(d *draft) {
	d.setRaw("database.scratch", "true", "listo starts a throw-away PostgreSQL: nothing to set up, nothing to lose")
	own := roleName(f.name().Value)
	name := discover.Text{Value: own, From: "the service's name"}
	owner := name
	if f.Compose != nil && f.Compose.Database() != nil {
		db := f.Compose.Database()
		if db.Name.Found() {
			name = from(db.Name)
		}
		if db.User.Found() && db.User.Value != "postgres" { // the scratch server's superuser has that name
			owner = from(db.User)
		}
		if t := db.MaxConnections; t.Found() {
			d.setRaw("database.max_connections", t.Value, "from "+t.From)
		}
	}
	user := discover.Text{Value: owner.Value, From: "the owner's role: no migration grants rights to another one"}
	if role := f.role(); role.Found() {
		user = discover.Text{Value: role.Value, From: "from " + role.From + ", which grants it rights"}
		if owner.Value == own {
			owner = discover.Text{Value: own + "_owner", From: "runs the migrations"}
		}
	}
	d.set("database.name", name.Value, name.From)
	d.set("database.owner", owner.Value, owner.From)
	d.set("database.user", user.Value, user.From)
	for _, line := range f.prepare() {
		d.add("database.prepare", line)
	}
	f.hide(d, "url", "admin_url", "system_identifier")
}

func (f findings) role() discover.Text {
	for _, m := range f.Migrations {
		if m.Role.Found() {
			return m.Role
		}
	}
	return discover.Text{}
}

// prepare gives the lines that migrate and seed: the program's own, with the
// migration tool's before them when none of them migrates.
func (f findings) prepare() []item {
	p, _ := f.program()
	var lines []item
	for _, t := range p.Prepare {
		lines = append(lines, item{text: "- " + scalar(literal(t.Value)), from: "from " + t.From})
	}
	if slices.ContainsFunc(p.Prepare, func(t discover.Text) bool { return strings.Contains(t.Value, "migrat") }) {
		return lines
	}
	for _, m := range f.Migrations {
		if m.Command == "" {
			lines = append([]item{{text: "- " + m.Tool, from: "the command that applies " + m.Folder + " to $DATABASE_URL", off: true}}, lines...)
			continue
		}
		line := inFolder(m.Command, m.Directory, p.Directory)
		return append([]item{{text: "- " + scalar(literal(line)), from: fmt.Sprintf("%s: %s", m.Tool, m.From)}}, lines...)
	}
	return lines
}

// roleName makes a name that PostgreSQL takes without quotes.
func roleName(s string) string {
	const longest = 50 // a suffix follows, and 63 is PostgreSQL's most
	name := strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(s), "_"), "_")
	name = name[:min(len(name), longest)]
	if name == "" || (name[0] >= '0' && name[0] <= '9') || name == "postgres" || strings.HasPrefix(name, "pg_") {
		name = "service_" + name
	}
	return strings.TrimRight(name, "_")
}

// testPassword recognizes the variable that holds the test users' password.
var testPassword = regexp.MustCompile(`^(.*_)?(SEED|TEST|TESTS|DEMO|E2E|LOGIN|DEV)_(.*_)?PASSWORD$`)

func (f findings) login(d *draft) {
	if f.Document != nil {
		if l, ok := f.Document.Login(); ok {
			d.found("login.request", l.Request)
			d.found("login.body", l.Body)
			d.found("login.token", l.Token)
			if l.User.Found() {
				d.add("login.users", item{text: "- " + scalar(literal(withoutBraces(l.User.Value))), from: "the example in " + l.User.From + "; name several when the service limits requests per user: {01..20} expands"})
			}
		}
	}
	if v, ok := f.variable(testPassword); ok {
		d.setRaw("login.password", "${"+v.Value+"}", "named in "+v.From)
	}
}

// withoutBraces keeps an example from being read as a range of users.
func withoutBraces(s string) string { return strings.NewReplacer("{", "", "}", "").Replace(s) }

var (
	poolSize    = regexp.MustCompile(`^((DB|PG|POSTGRES|DATABASE|CONNECTION|SQL)_)*(POOL_(SIZE|MAX)|MAX_POOL_SIZE|MAX_POOL|POOL_MAX_CONNS|MAX_CONNS|POOL_MAX_CONNECTIONS)$`)
	signingKey  = regexp.MustCompile(`^(.*_)?JWT_(SECRET|KEY|SIGNING_KEY|SECRET_KEY)$`)
	otherSecret = regexp.MustCompile(`(_SECRET|_SECRET_KEY|_API_KEY|_PRIVATE_KEY|_ACCESS_TOKEN|_AUTH_TOKEN)$`)
)

// secrets lists what the service must have: the two that every service of this
// kind needs, under the names found, and whatever else is called a secret.
func (f findings) secrets(d *draft) {
	jwt := f.named("JWT_SECRET", signingKey)
	size := f.named("CONNECTION_POOL_SIZE", poolSize)
	d.add("secrets.required", item{text: jwt.Value + ": {secret: true, kind: hs256}", from: jwt.From})
	d.add("secrets.required", item{text: size.Value + ": {secret: false, kind: integer}", from: size.From})
	for _, v := range f.Variables() {
		if otherSecret.MatchString(v.Value) && v.Value != jwt.Value {
			d.add("secrets.required", item{text: v.Value + ": {secret: true, kind: opaque}", from: "named in " + v.From})
		}
	}
	if size.Value != "CONNECTION_POOL_SIZE" {
		d.set("pool.size_variable", size.Value, size.From)
	}
	if f.Document != nil {
		if t, ok := f.Document.Protected(); ok {
			d.found("secrets.protected_request", t)
		}
	}
}

// named gives the usual name of a variable when it is there or nothing else is.
func (f findings) named(usual string, pattern *regexp.Regexp) discover.Text {
	other := discover.Text{Value: usual, From: "wanted by the release; nothing here names it yet"}
	for _, v := range f.Variables() {
		switch {
		case v.Value == usual:
			return discover.Text{Value: usual, From: "named in " + v.From}
		case pattern.MatchString(v.Value) && other.Value == usual:
			other = discover.Text{Value: v.Value, From: "named in " + v.From}
		}
	}
	return other
}

func (f findings) pool(d *draft) {
	if f.Document == nil {
		return
	}
	request, operation, ok := f.Document.Read()
	if !ok {
		return
	}
	d.set("pool.request", request.Value, "a guess from "+request.From+": it must read the database")
	if failing, ok := f.Document.Failing(operation); ok {
		d.add("pool.failing_requests", item{text: "- " + scalar(literal(failing.Value)), from: "from " + failing.From})
	}
}

// performance names the document that the load is derived from until a person writes
// what the users really send.
func (f findings) performance(d *draft) {
	if f.Document != nil && f.Document.OpenAPI3() {
		d.set("performance.document", f.Document.File, "found: the load is derived from it and the seed data; a mix of your own takes its place")
	}
}
