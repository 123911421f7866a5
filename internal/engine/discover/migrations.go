package discover

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// Migrations is a folder of schema changes and the tool they are written for.
type Migrations struct {
	Tool string
	// Folder holds them; Command is run in Directory with DATABASE_URL set. It is ""
	// when the tool cannot be told the database that way.
	Folder, Directory string
	Command           string
	// From is the file by which the tool was recognized.
	From string
	// Role is whom they grant rights to: the role the service connects as.
	Role Text
}

// convention tells a migration tool by its files.
type convention struct {
	tool    string
	file    *regexp.Regexp
	command string // {folder} is the folder of migrations
	up      int    // folders above the file's in which the command runs
}

// conventions are tried in order: the more telling ones first.
func conventions() []convention {
	return []convention{
		{"prisma", regexp.MustCompile(`(^|/)prisma/schema\.prisma$`), "npx prisma migrate deploy", 1},
		{"knex", regexp.MustCompile(`(^|/)knexfile\.(js|cjs|mjs|ts)$`), "npx knex migrate:latest", 0},
		{"sequelize", regexp.MustCompile(`(^|/)\.sequelizerc$`), "npx sequelize-cli db:migrate", 0},
		{"alembic", regexp.MustCompile(`(^|/)alembic\.ini$`), "alembic upgrade head", 0},
		{"flyway", regexp.MustCompile(`(^|/)V\d[\d._]*__[^/]+\.sql$`), "", 0},
		{"golang-migrate", regexp.MustCompile(`(^|/)\d+_[^/]+\.up\.sql$`), `migrate -path {folder} -database "$DATABASE_URL" up`, 0},
		{"goose", regexp.MustCompile(`(^|/)\d+_[^/]+\.sql$`), `goose -dir {folder} postgres "$DATABASE_URL" up`, 0},
	}
}

// gooseMark stands in every goose migration.
const gooseMark = "+goose Up"

// migrations finds the folders of schema changes, one entry per tool and folder.
func (t *tree) migrations(modules []*Module) []Migrations {
	var found []Migrations
	for _, c := range conventions() {
		for _, file := range t.where(c.file.MatchString) {
			folder := path.Dir(file)
			if slices.ContainsFunc(found, func(m Migrations) bool { return m.Folder == folder }) {
				continue
			}
			if c.tool == "goose" && !t.isGoose(file) {
				continue
			}
			m := Migrations{Tool: c.tool, Folder: folder, Directory: t.runsIn(c, folder, modules), From: file}
			if inCommand.MatchString(folder) {
				m.Command = strings.ReplaceAll(c.command, "{folder}", relative(folder, m.Directory))
			}
			m.Role = t.grantee(folder)
			found = append(found, m)
		}
	}
	return found
}

func (t *tree) isGoose(file string) bool {
	src, ok := t.read(file, maxFile)
	return ok && strings.Contains(string(src), gooseMark)
}

// runsIn gives the folder in which the tool is run: beside its configuration, or
// in the module for tools that are told the folder.
func (t *tree) runsIn(c convention, folder string, modules []*Module) string {
	for range c.up {
		folder = path.Dir(folder)
	}
	if strings.Contains(c.command, "{folder}") {
		if m := owner(folder+"/x", modules); m != nil {
			return m.Directory
		}
		return "."
	}
	return folder
}

func relative(name, directory string) string {
	if directory == "." {
		return name
	}
	return strings.TrimPrefix(name, directory+"/")
}

// granted is a plain grant; namedApp is the name of a role in code that grants.
var (
	granted  = regexp.MustCompile(`(?i)\bgrant\s[^;]*?\sto\s+"?([a-z_][a-z0-9_]{0,62})"?\s*;`)
	namedApp = regexp.MustCompile(`(?i)'([a-z_][a-z0-9_]{0,50}_(?:app|api|service|user))'`)
)

// grantee finds the role that the migrations give rights to.
func (t *tree) grantee(folder string) Text {
	const most = 500 // files
	files := t.where(func(name string) bool { return within(name, folder) && path.Ext(name) == ".sql" })
	for _, file := range files[:min(len(files), most)] {
		src, err := t.bytes(file, maxFile)
		if err != nil || !strings.Contains(strings.ToLower(string(src)), "grant ") {
			continue
		}
		for _, found := range slices.Concat(granted.FindAllStringSubmatch(string(src), -1), namedApp.FindAllStringSubmatch(string(src), -1)) {
			if role := strings.ToLower(found[1]); role != "public" && role != "current_user" && role != "session_user" {
				return Text{role, file}
			}
		}
	}
	return Text{}
}
