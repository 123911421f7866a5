package secrets

import "strings"

// Recipe is one way to hand a variable to a service: commands that make the
// value where it is used, so that no person ever sees it.
type Recipe struct {
	ID   string // names its phrase: page.secrets_provisioning.way.<ID>
	Lang string // of the block: "bash" or "yaml"
	Text string
}

// Recipes gives the usual ways to provide the variable. They hold no value.
// SERVICE, DEPLOYMENT and VALUE are the reader's to set.
func (v Variable) Recipes() []Recipe {
	all := []Recipe{
		{"dotenv", "bash", v.lines(
			"umask 077",
			`printf '\n`+v.Name+`=%s\n' `+v.word()+` >> .env`,
			"git check-ignore -q .env || echo .env >> .gitignore")},
		{"systemd", "bash", v.lines(
			"umask 077",
			`printf '\n`+v.Name+`=%s\n' `+v.word()+` >> "/etc/$SERVICE.env"`,
			`mkdir -p "/etc/systemd/system/$SERVICE.service.d"`,
			`printf '[Service]\nEnvironmentFile=/etc/%s.env\n' "$SERVICE" > "/etc/systemd/system/$SERVICE.service.d/environment.conf"`,
			`systemctl daemon-reload && systemctl restart "$SERVICE"`)},
	}
	if v.Secret {
		all = append(all, Recipe{"credential", "bash", v.lines(
			v.stream()+" | systemd-creds encrypt --name="+v.Name+" - /etc/credstore.encrypted/"+v.Name,
			`mkdir -p "/etc/systemd/system/$SERVICE.service.d"`,
			`printf '[Service]\nLoadCredentialEncrypted=`+v.Name+`\n' > "/etc/systemd/system/$SERVICE.service.d/`+v.lower()+`.conf"`,
			`systemctl daemon-reload && systemctl restart "$SERVICE"`)})
	}
	return append(all,
		Recipe{"docker", "bash", `docker run --env-file .env "$IMAGE"`},
		Recipe{"compose", "yaml", "services:\n  app:\n    environment:\n      " + v.Name + ": ${" + v.Name + ":?not set: see secrets_provisioning.md}"},
		v.kubernetes(),
		v.actions(),
	)
}

func (v Variable) kubernetes() Recipe {
	if v.Secret {
		return Recipe{"kubernetes", "bash", v.lines(
			v.stream()+" | kubectl create secret generic "+v.lower()+" --from-file="+v.Name+"=/dev/stdin",
			`kubectl set env "deployment/$DEPLOYMENT" --from=secret/`+v.lower())}
	}
	return Recipe{"kubernetes", "bash", v.lines(
		"kubectl create configmap "+v.lower()+` --from-literal=`+v.Name+`="$VALUE"`,
		`kubectl set env "deployment/$DEPLOYMENT" --from=configmap/`+v.lower())}
}

func (v Variable) actions() Recipe {
	if v.Secret {
		return Recipe{"actions", "bash", v.lines(
			v.stream()+" | gh secret set "+v.Name+" --env development",
			"# workflow: env: { "+v.Name+": ${{ secrets."+v.Name+" }} }")}
	}
	return Recipe{"actions", "bash", v.lines(
		"gh variable set "+v.Name+` --env development --body "$VALUE"`,
		"# workflow: env: { "+v.Name+": ${{ vars."+v.Name+" }} }")}
}

// lines puts the question for the value before commands that use it.
func (v Variable) lines(commands ...string) string {
	switch {
	case v.Kind == HS256:
	case v.Secret:
		commands = append([]string{"read -rsp '" + v.Name + ": ' VALUE && echo"}, commands...)
	default:
		commands = append([]string{"read -rp '" + v.Name + ": ' VALUE"}, commands...)
	}
	return strings.Join(commands, "\n")
}

// word is the value as a word of a shell, stream as what a pipe carries. A key
// that signs tokens is made on the spot: 48 bytes of chance, 64 characters.
func (v Variable) word() string {
	if v.Kind == HS256 {
		return `"$(openssl rand -base64 48)"`
	}
	return `"$VALUE"`
}

func (v Variable) stream() string {
	if v.Kind == HS256 {
		return `openssl rand -base64 48 | tr -d '\n'`
	}
	return `printf %s "$VALUE"`
}

// lower is the name as Kubernetes and file names want it.
func (v Variable) lower() string {
	return strings.Trim(strings.ReplaceAll(strings.ToLower(v.Name), "_", "-"), "-")
}
