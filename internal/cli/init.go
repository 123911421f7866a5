package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"listo/internal/config"
	"listo/internal/engine/discover"
	"listo/internal/engine/source"
)

// initFlags are those of listo init.
type initFlags struct {
	database              string
	force, schema, stdout bool
}

func (a *App) initVerb() *cobra.Command {
	var flags initFlags
	cmd := &cobra.Command{
		Use:   "init [FOLDER]",
		Short: "Read a repository and write its listo.yaml, with a comment behind each value",
		Long: `Read what a repository says about its service (package.json, go.mod, OpenAPI,
docker compose, Dockerfile, the names in dotenv files, migrations, a built
frontend) and write listo.yaml: what was found is filled in and says where it was
found, the rest stands commented out. The frontend's digests are recorded in
frontend.sha256, and the JSON Schema for editors in listo.schema.json.

With --database, or DATABASE_URL in the environment, it also asks that database
who it is, in a session that can only read, and records name and system
identifier: listo refuses to touch another one. Nothing is run, no value of a
dotenv file is read into the file, and nothing is overwritten.

Exit codes: 0 written, 64 usage, 78 it cannot be written or does not load.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if flags.schema {
				return a.printSchema()
			}
			return a.runInit(cmd.Context(), append(args, ".")[0], flags)
		},
	}
	cmd.Flags().StringVar(&flags.database, "database", "", "URL of the development database to record (default: DATABASE_URL in the environment, if set)")
	cmd.Flags().BoolVar(&flags.force, "force", false, "write anew; what was there is kept as listo.yaml.previous")
	cmd.Flags().BoolVar(&flags.schema, "schema", false, "print the JSON Schema of listo.yaml and do nothing else")
	cmd.Flags().BoolVar(&flags.stdout, "stdout", false, "print listo.yaml and write nothing")
	return cmd
}

func (a *App) printSchema() error {
	schema, err := config.Schema(a.Gates)
	if err != nil {
		return coded(exitDefect, err)
	}
	_, err = a.Out.Write(schema)
	return err
}

func (a *App) runInit(ctx context.Context, folder string, flags initFlags) error {
	place, err := openPlace(folder, flags.force)
	if err != nil {
		return err
	}
	defer place.close()
	if !flags.stdout {
		if err := place.free(); err != nil {
			return coded(exitConfig, err)
		}
	}
	repository, err := discover.Read(ctx, place.root.FS())
	if err != nil {
		return coded(exitInterrupted, fmt.Errorf("init: %w", err))
	}
	for _, w := range repository.Warnings {
		a.warn("%s", w)
	}
	f := findings{Repository: repository, folder: filepath.Base(place.folder), broken: place.broken(repository.EnvFiles)}
	if f.database, err = a.database(ctx, flags.database); err != nil {
		return coded(exitConfig, err)
	}
	if state, err := source.Read(ctx, place.folder); err == nil {
		f.commit = state.Commit
	}
	record := a.frontendRecord(ctx, place, repository)
	if record != nil {
		f.manifest = manifestFile
	}
	text := f.draft().render(outline(a.Gates))
	if flags.stdout {
		_, err := fmt.Fprint(a.Out, text)
		return err
	}
	return a.writeInit(place, text, record)
}

// warn tells of something that was left out; init goes on.
func (a *App) warn(format string, args ...any) {
	fmt.Fprintf(a.Err, "listo: init: warning: %s\n", comment(fmt.Sprintf(format, args...)))
}

// database asks the database that the person named, or the one in the
// environment. The first must answer; the second may be some other project's.
func (a *App) database(ctx context.Context, named string) (*identity, error) {
	if named != "" {
		if value, _ := a.Lookup("DATABASE_URL"); value != named {
			a.warn("listo.yaml names the database as ${DATABASE_URL}: set DATABASE_URL to it where listo runs")
		}
		return identify(ctx, named)
	}
	fromEnvironment, _ := a.Lookup("DATABASE_URL")
	if fromEnvironment == "" {
		return nil, nil
	}
	who, err := identify(ctx, fromEnvironment)
	if err != nil {
		a.warn("DATABASE_URL is set, but %v; it was not recorded", err)
	}
	return who, nil
}

// writeInit writes the files, listo.yaml last, and loads it back.
func (a *App) writeInit(place *place, text string, record []byte) error {
	schema, err := config.Schema(a.Gates)
	if err != nil {
		return coded(exitDefect, err)
	}
	written, err := place.write(schema, record, []byte(text))
	for _, file := range written {
		fmt.Fprintln(a.Out, file)
	}
	if err != nil {
		return coded(exitConfig, fmt.Errorf("init: %w", err))
	}
	file := filepath.Join(place.folder, configFile)
	if _, err := config.Load(file, a.Lookup, a.Gates); err != nil {
		return coded(exitConfig, fmt.Errorf("init: %s was written, but does not load yet: %w", file, err))
	}
	where := ""
	if here, err := os.Getwd(); err != nil || here != place.folder {
		where = " --config " + file
	}
	fmt.Fprintf(a.Err, "listo: look through it, then: listo doctor%s\n", where)
	return nil
}
