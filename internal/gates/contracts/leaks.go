package contracts

import (
	"regexp"
	"strings"

	"listo/internal/lab/http"
)

// leakPattern is what an error must not tell a stranger.
type leakPattern struct {
	kind    string // stack, path, sql, database, runtime or framework
	pattern *regexp.Regexp
}

func leakPatterns() []leakPattern {
	return []leakPattern{
		{"stack", framesPattern}, {"path", pathPattern}, {"sql", sqlPattern}, {"database", databasePattern}, {"runtime", runtimePattern}, {"framework", frameworkPattern},
	}
}

var (
	framesPattern    = regexp.MustCompile(`(?m)(\bat [\w.$<>\[\] ]+\(?[^\s()]+:\d+:\d+\)?|goroutine \d+ \[|Traceback \(most recent call last\)|\.(go|js|ts|mjs|cjs|py|rb|java|kt|php|cs):\d+|at [\w$.]+\([\w$]+\.java:\d+\))`)
	pathPattern      = regexp.MustCompile(`((?:^|[^\w/.-])/(home|root|usr/(src|local|lib|share)|var/(www|lib|task|app)|opt|srv|Users|app/(src|dist|node_modules)|tmp)/[\w./-]+|node_modules[/\\]|[A-Z]:\\\\?[\w ]+\\)`)
	sqlPattern       = regexp.MustCompile(`(?i)(\bselect\s+(\*|[\w"., ()]+)\s+from\s+"?[\w.]+"?\s*(where\b|join\b|order by|group by|limit\b|;|"|$)|\binsert into\s+"?[\w.]+"?\s*\(|\bupdate\s+"?[\w.]+"?\s+set\s+"?\w+"?\s*=|\bdelete from\s+"?[\w.]+"?\s*(where\b|;|"|$))`)
	databasePattern  = regexp.MustCompile(`(?i)(SQLSTATE|\bpq: |\bPG::|PSQLException|relation "[^"]*" does not exist|column "?[^"]*"? (of relation .*)?does not exist|violates (unique|foreign key|check|not-null|exclusion) constraint|duplicate key value|invalid input syntax for|syntax error at or near|value too long for type|out of range for type|invalid byte sequence for encoding|deadlock detected|postgres(ql)?://|ECONNREFUSED|Sequelize\w+Error|PrismaClient|QueryFailedError|SqliteError|ORA-\d{5}|hibernate)`)
	runtimePattern   = regexp.MustCompile(`(runtime error:|nil pointer dereference|invalid memory address|index out of range \[|json: cannot unmarshal|invalid character '.*' (looking|after|in)|strconv\.(Parse|Atoi)|Unexpected (token|end of JSON)|Cannot read propert(y|ies) of|is not a function|(Type|Reference|Range|Syntax|URI)Error:|NullPointerException|java\.(lang|util)\.|javax?\.\w+\.|org\.(springframework|apache|hibernate)|System\.\w+Exception|panic:)`)
	frameworkPattern = regexp.MustCompile(`(Whitelabel Error Page|Apache Tomcat|Jetty://|Werkzeug|nginx/\d|Apache/\d|Microsoft-IIS|X-AspNet|Laravel|Symfony\\|Django)`)
)

// Leak is what an error answer told.
type Leak struct {
	Kind    string `json:"kind"`
	Excerpt string `json:"excerpt"`
	Status  int    `json:"status"`
	Line    string `json:"line"`
}

// leaksIn looks for what an error must not tell. What the request itself said is
// no secret, so it is left out.
func leaksIn(a http.Answer, c call, line string) []Leak {
	body := strings.NewReplacer(`\"`, `"`, `\n`, "\n", `\/`, "/").Replace(string(a.Body)) // as it stands inside of JSON
	for _, own := range []string{c.target(), c.op.Path, string(c.raw)} {
		if len(own) > 3 {
			body = strings.ReplaceAll(body, own, "…")
		}
	}
	var all []Leak
	for _, p := range leakPatterns() {
		if at := p.pattern.FindStringIndex(body); at != nil {
			from, to := at[0], min(at[1]+60, len(body))
			excerpt := strings.Join(strings.Fields(strings.ToValidUTF8(body[from:to], "")), " ")
			all = append(all, Leak{p.kind, clean(excerpt, 160), a.Status, line})
		}
	}
	return all
}
