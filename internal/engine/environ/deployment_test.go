package environ

import (
	"fmt"
	"strings"
	"testing"
)

func TestDeployment(t *testing.T) {
	for _, c := range []struct{ name, src, of, want string }{
		{"compose, mapping", "services:\n  api:\n    environment:\n      A: 1\n      B: ${B}\n      C:\n  db:\n    environment: {D: x}\n", "api", "A=1 B? C?"},
		{"compose, list", "services:\n  api:\n    environment:\n      - A=x=y\n      - B\n      - E=\n", "", "A=x=y B? E="},
		{"manifests", `
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {A: "1", file.conf: "x"}
---
kind: Secret
metadata: {name: keys}
data: {S: c2VjcmV0}
---
apiVersion: apps/v1
kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: api
          env:
            - {name: B, value: "2"}
            - name: K
              valueFrom: {secretKeyRef: {name: keys, key: S}}
`, "", "A=1 S? B=2 K?"},
		{"a cron job", "kind: CronJob\nspec: {jobTemplate: {spec: {template: {spec: {containers: [{name: j, env: [{name: A, value: x}]}]}}}}}\n", "j", "A=x"},
		{"a list", "kind: List\nitems:\n  - kind: ConfigMap\n    metadata: {name: a}\n    data: {A: x}\n", "a", "A=x"},
	} {
		all, err := Deployment([]byte(c.src), c.of)
		var got []string
		for _, v := range all {
			if v.Known {
				got = append(got, v.Name+"="+v.Value)
			} else {
				got = append(got, v.Name+"?"+v.Value)
			}
		}
		if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q, %v", c.name, fmt.Sprint(got), err)
		}
	}
}

func TestDeploymentRefuses(t *testing.T) {
	for _, src := range []string{"", "a: [", "services: {api: {image: x}}\n", "- 1\n", strings.Repeat("---\nkind: ConfigMap\ndata: {A: hunter2}\n", 300), "hunter2: {a: *b}"} {
		if all, err := Deployment([]byte(src), ""); err == nil || len(all) > 0 || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%.40q: %v %v", src, all, err)
		}
	}
}
