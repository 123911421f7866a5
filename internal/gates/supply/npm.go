package supply

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"time"

	"listo/internal/lab"
	"listo/internal/lab/command"
)

// npmTime bounds one run of npm ci.
const npmTime = 150 * time.Second

// CI is how `npm ci` ended in a clean copy.
type CI struct {
	Ran    bool    `json:"ran"` // npm is there and came to its end
	Exit   int     `json:"exit"`
	Code   string  `json:"code,omitempty"` // npm's own, e.g. EINTEGRITY
	Detail string  `json:"detail,omitempty"`
	TookMS float64 `json:"took_ms"`
}

// npmField are the lines of an npm error that only a program wants.
var npmField = regexp.MustCompile(`^(code|syscall|errno|path) `)

var npmCode = regexp.MustCompile(`(?m)^npm (?:error|ERR!) code (\S+)$`)

// npmCI installs what the lock says, without running a program of any package,
// and refuses a Node outside of engines. What npm's cache holds is not asked for
// again; an unreachable registry is given up soon.
func npmCI(ctx context.Context, b *lab.Bench, c copied) (CI, error) {
	began := b.Now()
	result, err := command.Run(ctx, b.Recorder, command.Command{
		Args: []string{"npm", "ci", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", "--engine-strict",
			"--fetch-retries=1", "--fetch-timeout=20000"},
		Dir: c.folder, Env: environment(c.part, nil), Timeout: npmTime,
	})
	ci := CI{Exit: result.Exit, TookMS: lab.Milliseconds(b.Now().Sub(began))}
	if err != nil {
		if ctx.Err() != nil {
			return ci, ctx.Err()
		}
		ci.Detail = readable(err.Error())
		if errors.Is(err, exec.ErrNotFound) {
			ci.Detail = "npm: not found on PATH"
		}
		return ci, nil
	}
	ci.Ran = true
	if m := npmCode.FindSubmatch(result.Stderr); m != nil {
		ci.Code = readable(string(m[1]))
	}
	if ci.Exit != 0 {
		ci.Detail = readable(complaint(result.Stderr))
	}
	return ci, nil
}

// complaint gives npm's first line of explanation.
func complaint(stderr []byte) string {
	for line := range bytes.Lines(stderr) {
		text := strings.TrimSpace(string(line))
		text = strings.TrimPrefix(strings.TrimPrefix(text, "npm error"), "npm ERR!")
		if text = strings.TrimSpace(text); text != "" && !npmField.MatchString(text) {
			return text
		}
	}
	return command.FirstLine(stderr)
}

// verdict names what npm's exit means; "" when it installed.
func (ci CI) verdict() string {
	switch {
	case !ci.Ran:
		return "no_answer"
	case ci.Exit == 0:
		return ""
	case ci.Code == "EUSAGE":
		return "out_of_sync"
	case ci.Code == "EINTEGRITY":
		return "integrity"
	case ci.Code == "EBADENGINE":
		return "engine"
	case ci.Code == "ETARGET":
		return "rejected"
	case unreachable(ci.Code):
		return "unreachable"
	}
	return "no_answer"
}

// unreachable tells of the codes with which npm says that the registry did not
// answer as one does: the network's, and HTTP's.
func unreachable(code string) bool {
	return slices.Contains([]string{"ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH", "EHOSTUNREACH",
		"ERR_SOCKET_TIMEOUT", "ENOTCACHED", "EPROTO", "E401", "E403", "E404", "E407", "E429", "E500", "E502", "E503", "E504"}, code)
}

// environment gives the variables of a part's commands.
func environment(p part, more map[string]string) map[string]string {
	env := map[string]string{
		"LC_ALL": "C", "NO_COLOR": "1", "npm_config_update_notifier": "false", "npm_config_loglevel": "notice",
		// A workspace file above the copy has no say in it.
		"GOWORK": "off",
	}
	maps.Copy(env, p.Environment)
	maps.Copy(env, more)
	return env
}
