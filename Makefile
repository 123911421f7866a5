# Every verb works from a fresh clone, as root or as a normal user.
.DEFAULT_GOAL := help
SHELL := /bin/bash

.PHONY: help demo demo-express demo-express-gateway test diseases check bench observatory golden build install evidence clean

help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## install what is missing, audit the demo service, show the verdict
	@scripts/install.sh
	@scripts/demo.sh

demo-express: ## audit the same service on bare Express: NO-GO, with what to mend
	@scripts/install.sh
	@scripts/demo-express.sh

demo-express-gateway: ## audit that service behind listo gateway: what is left only its code can mend
	@scripts/install.sh
	@scripts/demo-express-gateway.sh

test: ## install what is missing, run every test
	@scripts/install.sh
	@scripts/test.sh

diseases: ## audit all diseases, not one a check; DISEASES=whole by all gates, =together several at once: hours
	@scripts/install.sh
	LISTO_DISEASES=$(or $(DISEASES),all) go test -count=1 -parallel 3 -timeout 24h -run 'TestDiseases|TestPatientsOwnTests' .

check: ## format, vet and the tests that need no database and no browser: seconds
	@scripts/check.sh

bench: ## run the benchmarks and print their tables
	@scripts/install.sh
	go run ./bench/pgserver
	go run ./bench/pool

observatory: ## ask the MDN Observatory about both demo services, beside the gate security; prints a page
	@scripts/install.sh
	@scripts/observatory.sh

golden: ## write the expected pages of the tests anew, to be read in the diff
	UPDATE_GOLDEN=1 go test ./internal/report/... ./internal/cli/... ./internal/term/
	UPDATE_GOLDEN=1 go test -run GatesPage .

build: ## build bin/listo
	go build -o bin/listo ./cmd/listo

install: ## install listo into GOBIN
	go install ./cmd/listo

evidence: ## audit the demo service of a clean commit into reports/dev_audit
	@scripts/install.sh
	@scripts/evidence.sh

clean: ## remove what was built
	rm -rf build bin
