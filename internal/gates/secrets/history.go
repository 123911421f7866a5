package secrets

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/command"
)

// leaksInHistory looks through what the commits hold: a secret that was deleted
// is still handed to everybody who clones.
func leaksInHistory() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: "secrets.leaks.history", Class: "secrets.leaks.history", When: evidence.Last,
		Needs:   []evidence.Need{evidence.NeedGit},
		Reasons: searchReasons("shallow"),
	}, runHistory, judgeHistory)
}

// History is a search through commits. Looked counts versions of files and
// messages of commits, each once however many commits share it.
type History struct {
	Search
	Commits      int  `json:"commits"`       // searched, the newest
	CommitsTotal int  `json:"commits_total"` // on all branches, tags and stashes
	Shallow      bool `json:"shallow"`       // the clone lacks its past
}

// mostObjects bounds the memory of a search: about 200 bytes each.
const mostObjects = 2_000_000

// object is a version of a file, or a commit when path is empty.
type object struct{ id, path string }

func runHistory(ctx context.Context, b *lab.Bench) (History, error) {
	repo, err := openRepository(ctx, b)
	if err != nil {
		return History{}, err
	}
	var o History
	shallow, err := repo.run(ctx, "rev-parse", "--is-shallow-repository")
	if err != nil {
		return o, err
	}
	count, err := repo.run(ctx, "rev-list", "--all", "--count")
	if err != nil {
		return o, err
	}
	o.Shallow = strings.TrimSpace(shallow) == "true"
	if o.CommitsTotal, err = strconv.Atoi(strings.TrimSpace(count)); err != nil {
		return o, fmt.Errorf("secrets: git counts no commits: %w", err)
	}
	o.Commits = min(o.CommitsTotal, settings(b).commits())
	s := newSearch(ctx, b)
	if o.Commits > 0 {
		if err := repo.searchObjects(ctx, s, o.Commits); err != nil {
			return o, err
		}
	}
	o.Search = s.result()
	return o, nil
}

// searchObjects looks once at each object that the newest commits hold.
func (r repository) searchObjects(ctx context.Context, s *search, commits int) error {
	objects, err := r.objects(ctx, commits)
	if err != nil {
		return err
	}
	list, feed := io.Pipe()
	go func() {
		w := bufio.NewWriter(feed)
		for _, o := range objects {
			if _, err := w.WriteString(o.id + "\n"); err != nil {
				break // git has ended; Stream says why
			}
		}
		feed.CloseWithError(w.Flush())
	}()
	defer list.Close()
	var hits []object
	err = command.Stream(ctx, r.bench.Recorder, r.command("cat-file", "--batch", "--buffer"), list, func(out io.Reader) error {
		hits, err = s.batch(bufio.NewReaderSize(out, 64<<10), objects, r.bench.Progress)
		return err
	})
	if err != nil {
		return err
	}
	return r.nameCommits(ctx, s, hits)
}

// objects lists what the newest commits hold, each once.
func (r repository) objects(ctx context.Context, commits int) ([]object, error) {
	var all []object
	list := r.command("rev-list", "--all", "--objects", "--max-count="+strconv.Itoa(commits))
	err := command.Stream(ctx, r.bench.Recorder, list, nil, func(out io.Reader) error {
		lines := bufio.NewScanner(out)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			id, path, _ := strings.Cut(lines.Text(), " ")
			if len(all) == mostObjects {
				return fmt.Errorf("secrets: the history holds more than %d objects: set secrets.history_commits lower", mostObjects)
			}
			all = append(all, object{id, path})
		}
		return lines.Err()
	})
	return all, err
}

// batch reads the answers of git cat-file --batch, which come in the order of
// the questions: "<id> <type> <size>", the bytes, a line feed. It gives the
// objects in which something was found.
func (s *search) batch(out *bufio.Reader, objects []object, progress func(int, int)) ([]object, error) {
	var hits []object
	for i, o := range objects {
		header, err := out.ReadString('\n')
		if err != nil {
			return hits, fmt.Errorf("secrets: git gave %d of %d objects: %w", i, len(objects), err)
		}
		words := strings.Fields(header)
		if len(words) == 2 && words[1] == "missing" {
			s.Unreadable++
			continue
		}
		if len(words) != 3 {
			return hits, fmt.Errorf("secrets: git cat-file answers in a way listo does not know: update git")
		}
		size, err := strconv.ParseInt(words[2], 10, 64)
		if err != nil || size < 0 {
			return hits, fmt.Errorf("secrets: git cat-file gives no size: update git")
		}
		before := s.FoundTotal
		body := io.LimitReader(out, size)
		if words[1] == "blob" || words[1] == "commit" || words[1] == "tag" {
			err = s.read(o.where(), body)
		}
		if err == nil {
			_, err = io.Copy(io.Discard, body)
		}
		if err == nil {
			_, err = out.Discard(1)
		}
		if err != nil {
			return hits, fmt.Errorf("secrets: reading the history: %w", err)
		}
		if s.FoundTotal > before {
			hits = append(hits, o)
		}
		progress(i+1, len(objects))
	}
	return hits, nil
}

// where names an object until its commit is known.
func (o object) where() string {
	if o.path == "" {
		return "commit " + o.id
	}
	return o.path + " @" + o.id
}

// nameCommits replaces the objects' IDs in the places listed by the commit that
// brought them, which is what a person can look up.
func (r repository) nameCommits(ctx context.Context, s *search, hits []object) error {
	for _, o := range hits[:min(len(hits), mostPlaces)] {
		if o.path == "" {
			continue
		}
		out, err := r.run(ctx, "log", "--all", "--reverse", "--format=%H", "--find-object="+o.id)
		if err != nil {
			return err
		}
		commit, _, _ := strings.Cut(out, "\n")
		if len(commit) < 12 {
			continue
		}
		named := s.bench.Redact(o.path + " @" + commit[:12])
		for i := range s.Found {
			if s.Found[i].Where == s.bench.Redact(o.where()) {
				s.Found[i].Where = named
			}
		}
	}
	return nil
}

func judgeHistory(o History, limits evidence.Limits) evidence.Finding {
	f := judgeSearch(o.Search, limits)
	f.Facts["commits"], f.Facts["commits_total"] = o.Commits, o.CommitsTotal
	if f.Outcome == evidence.Pass && (o.Commits == 0 || o.CommitsTotal < o.Commits) {
		return evidence.Undecided("nothing", f.Facts)
	}
	if f.Outcome == evidence.Pass && o.Shallow {
		return evidence.Undecided("shallow", f.Facts)
	}
	return f
}
