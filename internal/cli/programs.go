package cli

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"listo/internal/engine/shell"
)

// command is a command line of listo.yaml and the key that holds it.
type command struct{ path, line string }

// commands lists the commands of listo.yaml in the order in which they run.
func (x *examination) commands() []command {
	s := x.cfg.Service
	all := []command{{"service.build", s.Build}}
	for _, line := range x.cfg.Database.Prepare {
		all = append(all, command{"database.prepare", line})
	}
	all = append(all, command{"service.start", s.Start}, command{"service.stop", s.Stop})
	return slices.DeleteFunc(all, func(c command) bool { return c.line == "" })
}

// programsOf gives the programs that a simple command line runs. It reads no
// shell: a word with anything special in it is passed over, and after a cd paths
// are not known.
func programsOf(line string) []string {
	var programs []string
	moved := false
	for _, part := range strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune("&|;\n", r) }) {
		words := strings.Fields(part)
		for len(words) > 0 && (slices.Contains([]string{"exec", "env", "nohup", "time", "command"}, words[0]) || strings.Contains(words[0], "=")) {
			words = words[1:]
		}
		if len(words) == 0 || strings.ContainsAny(words[0], "$'\"`\\{}()<>*?!#") || slices.Contains(builtins(), words[0]) {
			moved = moved || (len(words) > 0 && words[0] == "cd")
			continue
		}
		if !moved || !strings.Contains(words[0], "/") {
			programs = append(programs, words[0])
		}
	}
	return programs
}

// builtins are the words that the shell answers itself.
func builtins() []string {
	return []string{"cd", "export", "set", "unset", "source", ".", "test", "[", "true", "false", "echo", "printf", "ulimit", "umask",
		"if", "then", "else", "fi", "for", "while", "do", "done", "case", "esac", "trap", "wait", "sleep", "kill", ":"}
}

// programs says whether every command's program is there.
func (x *examination) programs() {
	keys := map[string][]string{}
	var order []string
	for _, c := range x.commands() {
		for _, program := range programsOf(c.line) {
			if keys[program] == nil {
				order = append(order, program)
			}
			if !slices.Contains(keys[program], c.path) {
				keys[program] = append(keys[program], c.path)
			}
		}
	}
	for _, program := range order {
		x.program(program, keys[program])
	}
}

// program speaks of one program and the keys whose commands run it.
func (x *examination) program(program string, keys []string) {
	f := facts{"program": program, "keys": keys}
	here := strings.Contains(program, "/")
	switch {
	case x.findProgram(program):
		x.ok("service.program.found", f)
	case here && x.cfg.Service.Build != "" && !slices.Contains(keys, "service.build"):
		x.ok("service.program.built", f)
	case here:
		x.broken("service.program.absent", f, x.edit(keys[0]), x.checks(wantsPatient))
	case program != "go": // of which the machine's section speaks
		x.broken("service.program.missing", f, mendProgram(program), x.checks(wantsPatient))
	}
}

// findProgram looks for a program as the shell would, in the service's folder.
func (x *examination) findProgram(program string) bool {
	if strings.Contains(program, "/") && !filepath.IsAbs(program) {
		program = filepath.Join(x.cfg.Folder, x.cfg.Service.Directory, program)
	}
	_, err := exec.LookPath(program)
	return err == nil
}

// mendProgram gives the command that installs a program of known origin, else
// the one that looks for it.
func mendProgram(program string) string {
	packages := map[string]string{
		"go": "golang-go", "node": "nodejs", "npm": "npm", "npx": "npm", "psql": "postgresql-client", "docker": "docker.io",
		"make": "make", "python3": "python3", "pip": "python3-pip", "java": "default-jre-headless", "git": "git",
	}
	modules := map[string]string{
		"goose":   "go install github.com/pressly/goose/v3/cmd/goose@latest",
		"migrate": "go install -tags postgres github.com/golang-migrate/migrate/v4/cmd/migrate@latest",
		"pnpm":    "npm install --global pnpm",
		"yarn":    "npm install --global yarn",
		"alembic": "pip install alembic",
	}
	if name, known := packages[program]; known {
		return "apt-get install " + name
	}
	if line, known := modules[program]; known {
		return line
	}
	return "apt-cache search --names-only " + quoted(program)
}

func quoted(s string) string { return shell.Quote(s) }
