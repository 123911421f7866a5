package listo_test

import "testing"

func wireDiseases() []disease {
	return []disease{
		{ID: "proxies-too-many", Check: "security.trust", Summary: "every address of the machine is declared to be a proxy's: whoever comes from one is believed",
			Consequences: []string{"parity.trust_proxy"},
			infect:       func(_ *testing.T, w *workspace) { w.service["TRUSTED_PROXIES"] = "127.0.0.0/8" }},
	}
}
