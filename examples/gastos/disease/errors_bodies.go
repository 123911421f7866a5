//go:build disease

package disease

import (
	"net/http"
	"strings"
)

func errorSmilesAbsent() Disease {
	return Disease{
		ID: "error-smiles-absent", Check: "contracts.errors.disguised", Consequences: []string{"contracts.statuses", "contracts.negative", "contracts.positive"},
		Summary: "what is not there is answered with 200 and success: false",
		infect: reshaped("a 404 became a 200", func(r *http.Request, a *held) bool {
			if a.status != http.StatusNotFound || !anExpense(r) {
				return false
			}
			a.status = http.StatusOK
			a.say("application/json", `{"success":false,"message":"there is no such thing"}`)
			return true
		}),
	}
}

func errorSmilesMalformed() Disease {
	return Disease{
		ID: "error-smiles-malformed", Check: "contracts.errors.disguised", Consequences: []string{"contracts.statuses", "contracts.negative"},
		Summary: "a body that is no JSON is answered with 200 and an error in it",
		infect: reshaped("a 400 became a 200", func(r *http.Request, a *held) bool {
			if a.status != http.StatusBadRequest || r.Method != http.MethodPost {
				return false
			}
			a.status = http.StatusOK
			a.say("application/json", `{"error":"the body is not valid"}`)
			return true
		}),
	}
}

func errorArray() Disease {
	return Disease{
		ID: "error-array", Check: "contracts.errors.shape", Consequences: []string{"contracts.statuses", "contracts.negative"},
		Summary: "a value that does not fit is answered with a bare list",
		infect: reshaped("a 422 is a list", func(_ *http.Request, a *held) bool {
			if a.status != http.StatusUnprocessableEntity {
				return false
			}
			a.say("application/problem+json", `["a value does not fit"]`)
			return true
		}),
	}
}

func errorPlainMedia() Disease {
	return Disease{
		ID: "error-plain-media", Check: "contracts.errors.shape", Consequences: []string{"contracts.statuses"},
		Summary: "a wrong media type is answered with another media type than all other errors",
		infect: reshaped("a 415 is application/json", func(_ *http.Request, a *held) bool {
			if a.status != http.StatusUnsupportedMediaType {
				return false
			}
			a.header.Set("Content-Type", "application/json")
			return true
		}),
	}
}

func errorDuplicateKey() Disease {
	return Disease{
		ID: "error-duplicate-key", Check: "contracts.errors.shape", Consequences: []string{"contracts.errors.protocol"},
		Summary: "a wrong method is answered with JSON that has a member twice",
		infect: reshaped("a 405 has its title twice", func(_ *http.Request, a *held) bool {
			return a.status == http.StatusMethodNotAllowed && a.replace(`"title"`, `"title":"x","title"`)
		}),
	}
}

func errorPageDown() Disease {
	return Disease{
		ID: "error-page-down", Check: "contracts.errors.server", Consequences: []string{},
		Summary: "while the database is away, a page is answered",
		infect: reshaped("a 503 is a page", func(_ *http.Request, a *held) bool {
			if a.status != http.StatusServiceUnavailable {
				return false
			}
			a.say("text/html", "<html><body><h1>503 Service Unavailable</h1></body></html>")
			return true
		}),
	}
}

func errorCutDown() Disease {
	return Disease{
		ID: "error-cut-down", Check: "contracts.errors.server", Consequences: []string{},
		Summary: "a failure ends the connection and says nothing",
		infect: handwritten("a 500 is an end", func(_ *http.Request, a *held) string {
			if a.status != http.StatusInternalServerError {
				return ""
			}
			return "\r\n"
		}),
	}
}

func errorAddressTold() Disease {
	return Disease{
		ID: "error-address-told", Check: "contracts.errors.server", Consequences: []string{},
		Summary: "while the database is away, the caller is told where it is",
		infect: reshaped("a 503 tells an address", func(_ *http.Request, a *held) bool {
			return a.status == http.StatusServiceUnavailable && a.replace(`"the service cannot answer right now: try again"`, `"postgres://gastos_app@10.0.0.7:5432/gastos: not accepting connections"`)
		}),
	}
}

func errorFileTold() Disease {
	return Disease{
		ID: "error-file-told", Check: "contracts.errors.leak", Consequences: []string{},
		Summary: "what is not found is told by the file it was looked for in",
		infect: reshaped("a 404 tells a file", func(_ *http.Request, a *held) bool {
			return a.status == http.StatusNotFound && a.replace(`"no such path"`, `"ENOENT: open '/srv/gastos/dist/index.html'"`)
		}),
	}
}

func errorDecoderTold() Disease {
	return Disease{
		ID: "error-decoder-told", Check: "contracts.errors.leak", Consequences: []string{},
		Summary: "a broken body is answered in the decoder's own words",
		infect: reshaped("a 400 quotes the decoder", func(r *http.Request, a *held) bool {
			if a.status != http.StatusBadRequest || r.Method != http.MethodPost {
				return false
			}
			before, rest, found := strings.Cut(a.body.String(), `"detail":"`)
			_, after, _ := strings.Cut(rest, `"`)
			if found {
				a.say("application/problem+json", before+`"detail":"invalid character 'x' looking for beginning of value"`+after)
			}
			return found
		}),
	}
}

func errorNoAllow() Disease {
	return Disease{
		ID: "error-no-allow", Check: "contracts.errors.method", Consequences: []string{"contracts.statuses"},
		Summary: "a 405 does not say which methods there are",
		infect: reshaped("a 405 without Allow", func(_ *http.Request, a *held) bool {
			return a.status == http.StatusMethodNotAllowed && strip(a.header, "Allow")
		}),
	}
}

func errorLimitedPage() Disease {
	return Disease{
		ID: "error-limited-page", Check: "contracts.errors.limited", Consequences: []string{},
		Summary: "too many requests are refused by the proxy's own page",
		infect: reshaped("429 is a page", func(_ *http.Request, a *held) bool {
			if a.status != http.StatusTooManyRequests {
				return false
			}
			a.say("text/html", "<html><body><center><h1>429 Too Many Requests</h1></center><hr><center>nginx/1.22.1</center></body></html>")
			return true
		}),
	}
}

func errorTraceCrashes() Disease {
	return Disease{
		ID: "error-trace-crashes", Check: "contracts.errors.protocol", Consequences: []string{},
		Summary: "TRACE is an error of the server",
		infect: reshaped("TRACE is a 500", func(r *http.Request, a *held) bool {
			if r.Method != http.MethodTrace || a.status < 400 {
				return false
			}
			a.becomes(http.StatusInternalServerError)
			return true
		}),
	}
}
