package supply

import (
	"slices"
	"strings"
	"time"

	"listo/internal/engine/lockfile"
	"listo/internal/engine/runtimes"
	"listo/internal/lab"
	"listo/internal/lab/command"
)

// declared reads every place that says which Node is wanted.
func (r *RuntimePart) declared(b *lab.Bench, p part, table runtimes.Node, now time.Time) error {
	src, err := read(p.folder, "package.json")
	if err != nil {
		return err
	}
	project, err := lockfile.ParseProject("package.json", src)
	if err != nil {
		r.Error = readable(err.Error())
		return nil
	}
	if project.EnginesNode != "" {
		r.declare("package.json engines.node", project.EnginesNode, project.EnginesNode, table, now)
	}
	folders := []string{p.folder}
	if from, inside := source(b, p); inside != "." { // a file above speaks for all parts below
		folders = append(folders, from)
	}
	for _, folder := range folders {
		for _, name := range []string{".nvmrc", ".node-version"} {
			if text, err := read(folder, name); err == nil {
				r.file(name, command.FirstLine(text), table, now)
			}
		}
		if text, err := read(folder, ".tool-versions"); err == nil {
			for line := range strings.Lines(string(text)) {
				if fields := strings.Fields(line); len(fields) > 1 && (fields[0] == "nodejs" || fields[0] == "node") {
					r.file(".tool-versions", fields[1], table, now)
				}
			}
		}
		if text, err := read(folder, "Dockerfile"); err == nil {
			for _, tag := range runtimes.NodeImages(text) {
				r.file("Dockerfile FROM node", tag, table, now)
			}
		}
	}
	return nil
}

func (r *RuntimePart) file(where, text string, table runtimes.Node, now time.Time) {
	ranged, floats, err := table.NodeFile(text)
	if err != nil || floats {
		d := Declaration{Where: where, Text: readable(text), Floats: floats}
		if err != nil {
			d.Error = readable(err.Error())
		}
		r.Declared = append(r.Declared, d)
		return
	}
	r.declare(where, text, ranged, table, now)
}

func (r *RuntimePart) declare(where, text, ranged string, table runtimes.Node, now time.Time) {
	d := Declaration{Where: where, Text: readable(text), Admits: true}
	if slices.ContainsFunc(r.Declared, func(known Declaration) bool { return known.Where == where && known.Text == d.Text }) {
		return
	}
	for _, run := range r.Runs {
		e, err := table.Engines(ranged, run.Version, now)
		if err != nil {
			d.Error = readable(err.Error())
			break
		}
		if !e.Admits && d.Admits {
			d.Admits, d.Refused = false, run.Version
		}
		d.Fit, d.Unfit = nil, nil
		for _, line := range e.Lines {
			if line.State.FitForProduction() {
				d.Fit = append(d.Fit, line.Name)
			} else {
				d.Unfit = append(d.Unfit, line.Name)
			}
		}
	}
	r.Declared = append(r.Declared, d)
}
