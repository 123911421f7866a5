package frontend

import (
	"context"
	"os"
	"path/filepath"

	"listo/internal/lab"
)

// editedFile is the sick twin: a repository whose frontend was recorded with a
// tag and edited afterwards.
func editedFile(ctx context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	twin, away, err := smallFrontend(ctx, b)
	if err != nil {
		return nil, away, err
	}
	if err = recordInGit(ctx, twin); err == nil {
		err = os.WriteFile(filepath.Join(twin.Config.Folder, twinFolder, "assets", "app.css"), []byte("p { margin: 1em }\n"), 0o644)
	}
	if err != nil {
		away()
		return nil, func() {}, err
	}
	return twin, away, nil
}

// recordInGit makes the twin's folder a repository with one commit and its tag.
func recordInGit(ctx context.Context, twin *lab.Bench) error {
	const who, mail = "listo", "listo@example.invalid"
	g := git{b: twin, dir: twin.Config.Folder, env: map[string]string{
		// The user's own hooks, templates and signing keys have no place here.
		"GIT_CONFIG_GLOBAL": os.DevNull, "GIT_CONFIG_NOSYSTEM": "1",
		"GIT_AUTHOR_NAME": who, "GIT_AUTHOR_EMAIL": mail, "GIT_COMMITTER_NAME": who, "GIT_COMMITTER_EMAIL": mail,
	}}
	for _, args := range [][]string{
		{"init", "--quiet"}, {"add", "--all"}, {"commit", "--quiet", "-m", "record the frontend"}, {"tag", twinRevision},
	} {
		if _, err := g.run(ctx, []int{0}, args...); err != nil {
			return err
		}
	}
	return nil
}
