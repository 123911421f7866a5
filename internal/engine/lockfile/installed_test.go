package lockfile

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func installed(files map[string]string) fstest.MapFS {
	tree := fstest.MapFS{}
	for path, content := range files {
		tree[path+"/package.json"] = &fstest.MapFile{Data: []byte(content)}
	}
	return tree
}

// whole is the tree of the lock named workspaces.
func whole() map[string]string {
	return map[string]string{
		"node_modules/deep":            `{"name":"deep","version":"2.0.0"}`,
		"node_modules/real":            `{"name":"other","version":"3.0.0","license":"MIT","author":"Somebody <a@example.org> (https://example.org)"}`,
		"node_modules/@s/p":            `{"name":"@s/p","version":"1.0.0","licenses":[{"type":"MIT"},{"type":"ISC"}],"maintainers":[{"name":"Some Team"}]}`,
		"node_modules/both":            `{"name":"both","version":"1.0.0","license":{"type":"BSD-3-Clause"},"repository":{"url":"git+https://git.example.org/team/both.git"}}`,
		"packages/a":                   `{"name":"a","version":"0.1.0"}`,
		"packages/a/node_modules/deep": `{"name":"deep","version":"1.0.0"}`,
		"node_modules/.cache":          `{}`,
	}
}

func compare(t *testing.T, files map[string]string, omitDev bool) Tree {
	t.Helper()
	tree, err := parse(t, workspaces).CompareTree(t.Context(), installed(files), omitDev)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func TestTreeIsTheLocks(t *testing.T) {
	tree := compare(t, whole(), false)
	if !tree.Proved() || tree.Entries != 5 || len(tree.Installed) != 5 {
		t.Fatalf("%+v", tree)
	}
	got := map[string][2]string{}
	for _, p := range tree.Installed {
		got[p.Path] = [2]string{p.Licence, p.Supplier}
	}
	for path, want := range map[string][2]string{
		"node_modules/real": {"MIT", "Somebody"}, "node_modules/@s/p": {"MIT OR ISC", "Some Team"}, "node_modules/both": {"BSD-3-Clause", "git.example.org/team"},
	} {
		if got[path] != want {
			t.Errorf("%s: %v, want %v", path, got[path], want)
		}
	}
}

func TestTreeIsNotTheLocks(t *testing.T) {
	for name, c := range map[string]struct {
		path, content           string
		omitDev, proved         bool
		different, extra, absnt int
	}{
		"another package under the name": {"node_modules/deep", `{"name":"debug","version":"2.0.0"}`, false, false, 1, 0, 0},
		"another version":                {"node_modules/real", `{"name":"other","version":"3.0.1"}`, false, false, 1, 0, 0},
		"no JSON":                        {"node_modules/real", `{`, false, false, 1, 0, 0},
		"Name for name":                  {"node_modules/real", `{"Name":"other","version":"3.0.0"}`, false, false, 1, 0, 0},
		"not in the lock":                {"node_modules/more", `{"name":"more","version":"1.0.0"}`, false, false, 0, 1, 0},
		"not in the lock, scoped":        {"node_modules/@s/q", `{"name":"@s/q","version":"1.0.0"}`, false, false, 0, 1, 0},
		"not in the lock, inside":        {"node_modules/real/node_modules/x", `{"name":"x","version":"1.0.0"}`, false, false, 0, 1, 0},
		"missing":                        {"node_modules/real", "", false, false, 0, 0, 1},
		"an optional one is missing":     {"node_modules/deep", "", false, true, 0, 0, 0},
		"a dev one is missing":           {"packages/a/node_modules/deep", "", false, false, 0, 0, 1},
		"missing, dev left out":          {"node_modules/real", "", true, false, 0, 0, 1},
		"a dev one is left out":          {"packages/a/node_modules/deep", "", true, true, 0, 0, 0},
	} {
		files := whole()
		if files[c.path] = c.content; c.content == "" {
			delete(files, c.path)
		}
		tree := compare(t, files, c.omitDev)
		if len(tree.Different) != c.different || len(tree.Extra) != c.extra || len(tree.Missing) != c.absnt || tree.Proved() != c.proved {
			t.Errorf("%s: %+v", name, tree)
		}
	}
}

func TestNothingInstalledProvesNothing(t *testing.T) {
	if (Tree{}).Proved() {
		t.Error("the empty tree is proved")
	}
	if tree := compare(t, nil, false); tree.Proved() || len(tree.Missing) == 0 || !slices.Contains(tree.Left, "node_modules/deep") {
		t.Errorf("%+v", tree)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := parse(t, workspaces).CompareTree(ctx, installed(nil), false); err == nil || !strings.Contains(err.Error(), "more time") {
		t.Errorf("after its deadline: %v", err)
	}
}
