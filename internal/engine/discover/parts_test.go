package discover

import (
	"slices"
	"strings"
	"testing"
)

func TestVariableNames(t *testing.T) {
	for _, c := range []struct{ name, src, want, refused string }{
		{"plain", "A=1\n B = 2\r\nexport C=3\n#D=4\n\nA=5\n", "A B C", ""},
		{"no break at the end", "A=1", "A", ""},
		{"quoted over lines", "A='x\nB=2\n'\nC=\"\\\"\nD=1\"\nE=1", "A C E", ""},
		{"a key without quotes", "A=-----BEGIN\nMIIEvgIBADANBg\nCgEA=\n", "A", "line 2"},
		{"an open quote", "A=1\nB='x\nC=2\n", "A", "line 2"},
		{"no assignment", "A=1\n\nB: 2\nC=3\n", "A", "line 3"},
		{"a mark first", "\ufeffA=1", "A", ""},
	} {
		names, err := variableNames(c.src)
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
		if (c.refused == "") != (err == nil) || (err != nil && !strings.Contains(err.Error(), c.refused)) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.refused)
		}
		if err != nil && (strings.Contains(err.Error(), "MII") || strings.Contains(err.Error(), "x")) {
			t.Errorf("%s: the error quotes the file: %v", c.name, err)
		}
	}
}

func FuzzVariableNames(f *testing.F) {
	f.Add("A=1\nB='\nC=2'\n")
	f.Add("export A=\"\\\"\n")
	f.Fuzz(func(t *testing.T, src string) {
		names, _ := variableNames(src)
		for _, name := range names {
			if !variable.MatchString(name) || !strings.Contains(src, name) {
				t.Errorf("%q is no name of %q", name, src)
			}
		}
	})
}

func TestMigrationTools(t *testing.T) {
	for _, c := range []struct{ name, file, text, tool, folder, command, directory string }{
		{"goose", "db/migrations/00001_a.sql", "-- +goose Up\ncreate table a();", "goose", "db/migrations", `goose -dir db/migrations postgres "$DATABASE_URL" up`, "."},
		{"plain SQL", "db/migrations/00001_a.sql", "create table a();", "", "", "", ""},
		{"golang-migrate", "migrations/1_a.up.sql", "", "golang-migrate", "migrations", `migrate -path migrations -database "$DATABASE_URL" up`, "."},
		{"prisma", "api/prisma/schema.prisma", "", "prisma", "api/prisma", "npx prisma migrate deploy", "api"},
		{"knex", "api/knexfile.ts", "", "knex", "api", "npx knex migrate:latest", "api"},
		{"sequelize", ".sequelizerc", "", "sequelize", ".", "npx sequelize-cli db:migrate", "."},
		{"flyway", "sql/V1_2__b.sql", "", "flyway", "sql", "", "sql"},
		{"alembic", "svc/alembic.ini", "", "alembic", "svc", "alembic upgrade head", "svc"},
		{"a folder no shell would take", "a b/1_a.up.sql", "", "golang-migrate", "a b", "", "."},
	} {
		found := readFS(t, files(c.file, c.text)).Migrations
		if c.tool == "" {
			if len(found) > 0 {
				t.Errorf("%s: got %v", c.name, found)
			}
			continue
		}
		if len(found) != 1 || found[0].Tool != c.tool || found[0].Folder != c.folder || found[0].Command != c.command || found[0].Directory != c.directory {
			t.Errorf("%s: got %+v", c.name, found)
		}
	}
}

func TestGrantee(t *testing.T) {
	for text, want := range map[string]string{
		"GRANT SELECT ON a, b TO shop_rw;":                              "shop_rw",
		"grant usage on schema public to public;\ngrant all to \"me\";": "me",
		"grant %s; execute format('x', 'shop_app')":                     "shop_app",
		"create table a ();":                                            "",
	} {
		found := readFS(t, files("m/1_a.up.sql", text)).Migrations[0].Role.Value
		wants(t, text, found, want)
	}
}

func TestPrograms(t *testing.T) {
	const express = `"dependencies":{"express":"5"}`
	const server = "package main\nimport \"os\"\nfunc main() { switch os.Args[1] { case \"api\": case \"migrate\": } }"
	for _, c := range []struct {
		name                    string
		files                   []string
		directory, build, start string
	}{
		{"yarn", []string{"package.json", `{"scripts":{"start":"ts-node x","build":"tsc"},` + express + `}`, "yarn.lock", ""}, ".", "yarn install --frozen-lockfile && yarn run build", "exec yarn run start"},
		{"pnpm, main only", []string{"package.json", `{"main":"app.js",` + express + `}`, "pnpm-lock.yaml", ""}, ".", "pnpm install --frozen-lockfile", "exec node app.js"},
		{"no lock", []string{"package.json", `{"scripts":{"start":"node a.js && rm -rf x"}}`}, ".", "npm install --no-save", "exec npm run start"},
		{"the backend and not the frontend", []string{"package.json", `{"scripts":{"start":"vite"},"devDependencies":{"vite":"7"}}`, "api/package.json", `{"scripts":{"start":"node a.js"},` + express + `}`}, "api", "npm install --no-save", "exec node a.js"},
		{"go with a verb", []string{"svc/go.mod", "module example.com/svc", "svc/cmd/tool/main.go", "package main\nfunc main() {}", "svc/cmd/x/main.go", server}, "svc", "go build -o bin/x ./cmd/x", "exec ./bin/x api"},
		{"go with a build tag", []string{"go.mod", "module m", "main.go", "//go:build ignore\n\npackage main\nfunc main() {}", "cmd/m/main.go", "package main\nfunc main() {}"}, ".", "go build -o bin/m ./cmd/m", "exec ./bin/m"},
		{"go whose image knows", []string{"go.mod", "module m", "main.go", "package main\nfunc main() {}", "Dockerfile", "FROM scratch\nENTRYPOINT [\"/m\"]\nCMD [\"listen\"]"}, ".", "go build -o bin/m .", "exec ./bin/m listen"},
		{"an image only", []string{"Dockerfile", "FROM python\nEXPOSE 8000/tcp\nCMD [\"uvicorn\", \"app:app\", \\\n \"--port\", \"8000\"]"}, ".", "", "exec uvicorn app:app --port {port}"},
		{"an image with a shell line", []string{"Dockerfile", "FROM x\nCMD gunicorn app"}, ".", "", "exec gunicorn app"},
	} {
		all := readFS(t, files(c.files...)).Programs
		if len(all) == 0 {
			t.Errorf("%s: no program", c.name)
			continue
		}
		wants(t, c.name+": directory", all[0].Directory, c.directory)
		wants(t, c.name+": build", all[0].Build.Value, c.build)
		wants(t, c.name+": start", all[0].Start.Value, c.start)
	}
}

func TestHostileTextIsNotTaken(t *testing.T) {
	r := readFS(t, files("package.json", `{"name":"a\nb","scripts":{"start":"node a.js\nrm -rf x"}}`,
		"openapi.json", `{"paths":{"/a\nb":{"get":{}},"/ok":{"get":{"parameters":[{"in":"query","name":"a b","required":true}]}}}}`))
	if len(r.Programs) > 0 || len(r.Document.Operations) != 1 || len(r.Document.Operations[0].Query) > 0 {
		t.Errorf("taken: %+v %+v", r.Programs, r.Document.Operations)
	}
}

func TestSwagger2(t *testing.T) {
	d := readFS(t, files("swagger.yaml", `
swagger: "2.0"
basePath: /v2/
paths:
  /session:
    post:
      parameters: [{in: body, name: b, schema: {properties: {correo: {type: string}, clave: {type: string}}}}]
      responses: {201: {schema: {allOf: [{properties: {jwt: {type: string}}}]}}}
  /pedidos:
    get: {parameters: [{in: query, name: tenant_id, type: string}], security: [{k: []}]}
`)).Document
	login, _ := d.Login()
	wants(t, "request", login.Request.Value, "POST /v2/session")
	wants(t, "body", login.Body.Value, `{"clave":"{password}","correo":"{user}"}`)
	wants(t, "token", login.Token.Value, "/jwt")
	request, operation, _ := d.Read()
	wants(t, "read", request.Value, "GET /v2/pedidos?tenant_id=1")
	if failing, ok := d.Failing(operation); ok {
		t.Errorf("a word is refused by no one who takes words: %v", failing)
	}
}

func TestReferencesInACircleEnd(t *testing.T) {
	d := readFS(t, files("openapi.json", `{"paths":{"/login":{"post":{"requestBody":{"$ref":"#/x"},"responses":{"200":{"$ref":"#/y"}}}}},
		"x":{"$ref":"#/y"},"y":{"$ref":"#/x"}}`)).Document
	login, ok := d.Login()
	if !ok || login.Body.Found() || login.Token.Found() {
		t.Errorf("login: %+v %v", login, ok)
	}
}

func FuzzDocument(f *testing.F) {
	f.Add([]byte(`{"paths":{"/login":{"post":{"requestBody":{"content":{"application/json":{"schema":{"$ref":"#/a"}}}}}},"/a":{"get":{"parameters":[{"name":"empresaId","in":"query"}]}}}}`))
	f.Add([]byte("paths: {/a: {get: {parameters: [{$ref: '#/b'}]}}}\nservers: [{url: /x}]\n200: 1"))
	f.Fuzz(func(t *testing.T, src []byte) {
		for _, name := range []string{"openapi.json", "openapi.yaml"} {
			root, err := decode(name, src)
			if err != nil {
				continue
			}
			d := parseDocument(name, root)
			login, _ := d.Login()
			read, o, _ := d.Read()
			failing, _ := d.Failing(o)
			protected, _ := d.Protected()
			ready, _ := d.Ready()
			parseCompose("compose.yaml", root)
			for _, found := range []Text{login.Request, login.User, read, failing, protected, ready} {
				if !printable(found.Value) {
					t.Errorf("%q cannot be printed", found.Value)
				}
			}
		}
	})
}

func TestFrontends(t *testing.T) {
	r := readFS(t, files("public/index.html", "", "web/build/index.html", "", "web/build/deep/index.html", "", "a/b/dist/index.html", "", "docs/index.html", ""))
	var got []string
	for _, f := range r.Frontends {
		got = append(got, f.Value)
	}
	if !slices.Equal(got, []string{"a/b/dist", "web/build", "public"}) {
		t.Errorf("frontends: %v", got)
	}
}

func TestVersionsOfDocuments(t *testing.T) {
	for head, want := range map[string]bool{`"openapi":"3.0.3"`: true, `"openapi":"3.1.0"`: true, `"openapi":"4.0.0"`: false, `"openapi":3`: false, `"swagger":"2.0"`: false} {
		if d := readFS(t, files("openapi.json", `{`+head+`,"paths":{"/a":{"get":{}}}}`)).Document; d == nil || d.OpenAPI3() != want {
			t.Errorf("%s: %+v", head, d)
		}
	}
}
