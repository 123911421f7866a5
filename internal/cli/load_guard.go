package cli

import (
	"fmt"
	"net/url"
	"strings"

	"listo/internal/config"
)

// guard lets load out only to this machine, or to the host that a person typed a
// second time: what a slip in a URL or a file could hit is somebody's service. A
// name of this machine is not believed by itself; its addresses must be of the
// loopback device.
func (w *wanted) guard(typed string) error {
	u, err := url.Parse(w.scenario.Target)
	if err != nil {
		return fmt.Errorf("load: the target is not a URL: correct it")
	}
	host := strings.ToLower(u.Hostname())
	switch {
	case typed != "" && strings.ToLower(typed) != host:
		return fmt.Errorf("--i-own-this-target: %q is not this target's host: it is %q", typed, host)
	case typed != "":
		return nil
	case !config.IsLoopback(host):
		return fmt.Errorf("load: %s is not this machine, and load is an attack where it is not welcome: if the target is yours, type its host: --i-own-this-target %s", host, host)
	}
	w.scenario.Local = true
	return nil
}
