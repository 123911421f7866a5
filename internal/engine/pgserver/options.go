package pgserver

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Options say what kind of server is wanted. The zero value is a fast one that
// may lose its data when the machine dies.
type Options struct {
	// MaxConnections is PostgreSQL's max_connections; 0 means 100.
	MaxConnections int

	// Durable keeps fsync and PostgreSQL's other defaults, autovacuum and
	// replication included: for measurements of backup, restore and recovery.
	Durable bool

	// Settings are further lines of postgresql.conf and win over our own, such
	// as "shared_buffers": "256MB". Those that decide who may reach the server
	// and where its files lie are refused.
	Settings map[string]string
}

// fast trades durability for speed. Nothing here is worth a flush: the data die
// with the server. Without autovacuum, two runs see the same plans and locks.
func fast() map[string]string {
	return map[string]string{
		"fsync":              "off",
		"synchronous_commit": "off",
		"full_page_writes":   "off",
		"autovacuum":         "off",
		"wal_level":          "minimal",
		"max_wal_senders":    "0",
	}
}

// reserved lists the settings a caller may not choose: the launcher's promises
// (who may connect, what is removed at the end, what Log shows) hang on them.
func reserved() []string {
	return []string{
		"config_file", "data_directory", "external_pid_file", "hba_file", "ident_file", "include", "include_dir",
		"include_if_exists", "listen_addresses", "log_destination", "logging_collector", "password_encryption", "port",
		"unix_socket_directories", "unix_socket_group", "unix_socket_permissions",
	}
}

var settingName = regexp.MustCompile(`^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$`)

// config is the text of postgresql.conf.
func (o Options) config() (string, error) {
	connections := o.MaxConnections
	if connections == 0 {
		connections = 100
	}
	if connections < 1 || connections > 10000 {
		return "", fmt.Errorf("pgserver: %d connections: ask for 1 to 10000, or 0 for 100", o.MaxConnections)
	}
	settings := map[string]string{
		"cluster_name":               "listo",
		"max_connections":            strconv.Itoa(connections),
		"dynamic_shared_memory_type": "mmap",               // files in the data directory, so that removing it removes all
		"default_text_search_config": "pg_catalog.english", // as initdb would write
		"timezone":                   "UTC",
		"log_timezone":               "UTC",
		"log_line_prefix":            "%m [%p] %q%u@%d ",
	}
	if !o.Durable {
		maps.Copy(settings, fast())
	}
	for name, value := range o.Settings {
		name := strings.ToLower(name)
		if !settingName.MatchString(name) || strings.ContainsAny(value, "\x00\n\r") {
			return "", fmt.Errorf("pgserver: setting %q = %q: use a PostgreSQL setting's name and a value of one line", name, value)
		}
		if slices.Contains(reserved(), name) {
			return "", fmt.Errorf("pgserver: setting %q belongs to the launcher: leave it out", name)
		}
		settings[name] = value
	}
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		fmt.Fprintf(&text, "%s = '%s'\n", name, strings.NewReplacer(`\`, `\\`, `'`, `''`).Replace(settings[name]))
	}
	return text.String(), nil
}

// accessRules is the text of pg_hba.conf. Trust is safe on the socket because
// of its directory's mode; anything else needs a password.
const accessRules = `# type database user address       method
local  all      all               trust
host   all      all  127.0.0.1/32 scram-sha-256
`
