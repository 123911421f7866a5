package supply

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"listo/internal/engine/advisory"
	"listo/internal/lab"
	"listo/internal/lab/command"
)

// project plants files in a new repository and gives a bench that points at it.
func project(ctx context.Context, b *lab.Bench, files map[string]string, s Settings) (*lab.Bench, func(), error) {
	folder, away, err := room(b)
	if err != nil {
		return nil, away, err
	}
	twin := with(b, folder, s)
	if err = plant(folder, files); err == nil {
		err = commitAll(ctx, twin)
	}
	if err != nil {
		away()
		return nil, func() {}, fmt.Errorf("planting the twin: %w", err)
	}
	return twin, away, nil
}

func plant(folder string, files map[string]string) error {
	for name, text := range files {
		file := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// commitAll makes the twin's folder a repository with one commit.
func commitAll(ctx context.Context, twin *lab.Bench) error {
	const who, mail = "listo", "listo@example.invalid"
	for _, args := range [][]string{{"init", "--quiet"}, {"add", "--all", "--force"}, {"commit", "--quiet", "-m", "the twin"}} {
		result, err := command.Run(ctx, twin.Recorder, command.Command{
			Args: append([]string{"git", "--no-pager"}, args...), Dir: twin.Config.Folder,
			Env: map[string]string{
				"GIT_CONFIG_GLOBAL": os.DevNull, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C",
				"GIT_AUTHOR_NAME": who, "GIT_AUTHOR_EMAIL": mail, "GIT_COMMITTER_NAME": who, "GIT_COMMITTER_EMAIL": mail,
			},
		})
		if err != nil {
			return err
		}
		if result.Exit != 0 {
			return fmt.Errorf("git %s: %s", args[0], command.FirstLine(result.Stderr))
		}
	}
	return nil
}

// onePart are the settings of a twin with one part in its folder.
func onePart(more Part) Settings {
	more.Name, more.Directory = "twin", "."
	return Settings{Supplier: "listo", Version: "1", Parts: []Part{more}}
}

// npmProject gives package.json and package-lock.json of a project with one
// dependency, of which the entry's fields are given.
func npmProject(engines, name, wanted, entry string) map[string]string {
	about := fmt.Sprintf(`"name":"twin","version":"1.0.0","license":"UNLICENSED","engines":{"node":%q},"dependencies":{%q:%q}`, engines, name, wanted)
	return map[string]string{
		"package.json": "{" + about + "}\n",
		"package-lock.json": `{"name":"twin","version":"1.0.0","lockfileVersion":3,"requires":true,"packages":{"":{` + about + "},\n" +
			fmt.Sprintf("%q:{%s}}}\n", "node_modules/"+name, entry),
	}
}

// deadNode is the sick twin: a project that declares a Node without support.
func deadNode(ctx context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	files := npmProject("^16.0.0", "alpha", "1.0.0", `"version":"1.0.0"`)
	files[".nvmrc"] = "16\n"
	return project(ctx, b, files, onePart(Part{}))
}

// unpinned is the sick twin: a lock with an entry that nothing pins.
func unpinned(ctx context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return project(ctx, b, npmProject(">=16", "alpha", "1.0.0", `"version":"1.0.0"`), onePart(Part{}))
}

// poisoned is the sick twin: the lock's entry alpha leads to the archive of
// another package, whose bytes it pins. npm ci installs it without a word.
func poisoned(ctx context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return withArchive(ctx, b, `"version":"1.0.0",`, `{"name":"beta","version":"6.6.6","license":"MIT"}`)
}

// nameless is the sick twin: a package without a version in the lock.
func nameless(ctx context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return withArchive(ctx, b, "", `{"name":"alpha","version":"1.0.0","license":"MIT","author":"listo"}`)
}

// withArchive plants a project whose only dependency lies beside it.
func withArchive(ctx context.Context, b *lab.Bench, version, inside string) (*lab.Bench, func(), error) {
	archive, err := npmArchive(inside)
	if err != nil {
		return nil, func() {}, err
	}
	sum := sha512.Sum512(archive)
	files := npmProject(">=16", "alpha", "file:alpha.tgz", version+`"resolved":"file:alpha.tgz","integrity":"sha512-`+
		base64.StdEncoding.EncodeToString(sum[:])+`"`)
	files["alpha.tgz"] = string(archive)
	return project(ctx, b, files, onePart(Part{}))
}

// npmArchive packs a package.json as npm packs a package.
func npmArchive(manifest string) ([]byte, error) {
	var packed bytes.Buffer
	zipped := gzip.NewWriter(&packed)
	out := tar.NewWriter(zipped)
	if err := out.WriteHeader(&tar.Header{Name: "package/package.json", Mode: 0o644, Size: int64(len(manifest))}); err != nil {
		return nil, err
	}
	if _, err := io.WriteString(out, manifest); err != nil {
		return nil, err
	}
	if err := out.Close(); err != nil {
		return nil, err
	}
	err := zipped.Close()
	return packed.Bytes(), err
}

// Names of the twin's Go modules.
const (
	twinModule  = "listo.example/twin"
	twinRequire = "listo.example/required"
)

// vulnerable is the sick twin: a lock with a release that every store knows to be
// vulnerable, and a whole store, synthetic and dated today.
func vulnerable(ctx context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	canary := advisory.Canaries()[0]
	s := onePart(Part{})
	twin, away, err := project(ctx, b, npmProject(">=16", canary.Name, canary.Vulnerable, fmt.Sprintf(`"version":%q`, canary.Vulnerable)), s)
	if err != nil {
		return nil, away, err
	}
	s.AdvisoryStore = filepath.Join(twin.Config.Folder, "store")
	for _, ecosystem := range []string{advisory.NPM, advisory.Go} {
		export, err := advisory.Synthetic(ecosystem, b.Now())
		if err == nil {
			_, err = advisory.Import(ctx, s.AdvisoryStore, export, b.Now())
		}
		if err != nil {
			away()
			return nil, func() {}, err
		}
	}
	return with(twin, twin.Config.Folder, s), away, nil
}
