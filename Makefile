# What to build, run and check. `make help` prints this file's ## lines.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Packages without SQLite: the race detector would have it compiled a second time.
LIGHT := schema controller broker client agent bridge
RACE_LIGHT = $(patsubst %,./%/...,$(foreach d,$(LIGHT),$(if $(wildcard $(d)/*.go),$(d))))
# Neither copied nor compared when generated files are verified.
LEFT_OUT := --exclude=.git --exclude=test-results --exclude=bin --exclude=node_modules --exclude=expertcontroller-data --exclude=demo-data
NPM := testdata/examples/javascript/node_modules
FUZZTIME ?= 30s
BENCHTIME ?= 1s
# How many microseconds each fsync takes longer in a benchmark, to see what a slower disk makes of the ratios.
DELAY ?=
DELAYED = -exec 'strace -f -qq --seccomp-bpf -o /dev/null -e trace=fsync,fdatasync -e inject=fsync,fdatasync:delay_exit=$(DELAY)'
SOAK ?= 10m
# How many tests of a package run at once. Scripts mostly wait for processes: six keep two
# cores half busy.
PARALLEL ?= $(shell n=$$(nproc 2>/dev/null || echo 6); echo $$((n < 6 ? 6 : n)))
SOAK_TESTS ?= Random|Property|Mutated|AnyValue|RoundTrip|Matchers|LinesAreClean|Batches|InPieces|Scripts

.PHONY: help
help: ## prints what there is to make
	@echo 'expertcontroller: make TARGET'
	grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## (.*)/  \1\t\2/' | expand -t 14

.PHONY: check-go
check-go:
	@command -v go >/dev/null || { echo 'go is not installed: install Go $(shell sed -n "s/^go //p" go.mod) or newer, from go.dev/dl or your distribution' >&2; exit 1; }
	command -v "$$(go env CC)" >/dev/null || { echo 'no C compiler, which SQLite needs: install gcc (Debian: apt-get install gcc libc6-dev) or set CC' >&2; exit 1; }

# What tests need besides, by the command's name; where it is missing it is installed, which
# takes root and apt. Debian calls npm's packages otherwise.
HAVE := have-npm have-jq have-chromium have-strace
PACKAGES_npm := nodejs npm
.PHONY: $(HAVE)
$(HAVE): have-%:
	@command -v $* >/dev/null && exit 0
	echo '== installing $*'
	apt-get update -q && apt-get install -q -y $(or $(PACKAGES_$*),$*) || { echo '$* could not be installed: install it as root (Debian: apt-get install $(or $(PACKAGES_$*),$*))' >&2; exit 1; }

.PHONY: sqlite
sqlite: check-go
	@if [ "$$(go list -f '{{.Stale}}' github.com/mattn/go-sqlite3)" = true ]; then
	  echo '== SQLite is compiled with the rest, which takes a minute or two the first time'
	fi

.PHONY: build
build: sqlite ## builds bin/expertcontroller
	@echo '== building bin/expertcontroller'
	go build -o bin/expertcontroller ./cmd/expertcontroller

.PHONY: run
run: build ## starts everything on the system "demo", with a simulated plant, expert and agent (ARGS=... for flags)
	@echo '== bin/expertcontroller demo $(ARGS); Ctrl-C ends it, and the next run resumes'
	exec bin/expertcontroller demo $(ARGS)

.PHONY: test
test: build ## all that a change must pass: generated files, vet, staticcheck, tests, the race detector where it is cheap
	@$(MAKE) vet
	$(MAKE) bin/nats bin/tally $(NPM) have-jq browser-set
	echo '== tests of every package, and beside them generated files and staticcheck; then with the race detector: $(LIGHT); then the tools; then the page in a browser'
	beside=$$(mktemp)
	trap 'rm -f "$$beside"' EXIT
	{ code=0
	  # Tests mostly wait: what takes the processor only is done beside them, out of their way,
	  # also what the race detector needs compiled. The package that takes longest begins.
	  { nice -n 19 $(MAKE) verify static >"$$beside" 2>&1 && nice -n 19 go test -race -run '^$$' $(RACE_LIGHT) >/dev/null; } &
	  go test -json -count=1 -timeout 10m -parallel $(PARALLEL) ./cmd ./... || code=1
	  wait $$! || { code=1; cat "$$beside" >&2; }
	  go test -json -count=1 -timeout 10m -p 4 -race $(RACE_LIGHT) || code=1
	  go -C tools test -json -count=1 -timeout 5m ./... || code=1
	  (cd dashboard && TALLY=1 CHROMIUM="$$(command -v chromium)" npx --no-install playwright test) || code=1
	  exit $$code
	} | bin/tally

.PHONY: race
race: check-go bin/nats bin/tally $(NPM) have-jq ## every test with the race detector, the scripts' program too; not the masses of one goroutine
	@echo '== every test with the race detector; the first time this compiles SQLite once more'
	RACE=1 go test -json -count=1 -timeout 20m -parallel $(PARALLEL) -race ./... | bin/tally

.PHONY: lint
lint: vet static ## gofmt, go vet, staticcheck, the types of the page

.PHONY: vet
vet: check-go
	@echo '== gofmt'
	unformatted=$$(gofmt -l .)
	[ -z "$$unformatted" ] || { echo "not formatted; run gofmt -w on:"; echo "$$unformatted"; exit 1; }
	echo '== go vet: the program and the tools'
	go vet ./...
	go -C tools vet ./...

.PHONY: static
static: bin/staticcheck | sqlite dashboard/node_modules/.package-lock.json
	@echo '== staticcheck: the program and the tools; a few minutes the first time, while it reads the standard library'
	bin/staticcheck ./...
	(cd tools && ../bin/staticcheck ./...)
	echo '== types of the page'
	cd dashboard && npx --no-install tsc --noEmit

.PHONY: generate
generate: check-go ## makes what is generated anew: schemas, tables, diagrams
	@echo '== go generate'
	go generate ./...

.PHONY: verify
verify: check-go ## fails when a generated file is not what the code says
	@echo '== generating in a copy and comparing'
	copy=$$(mktemp -d)
	trap 'rm -rf "$$copy"' EXIT
	mkdir "$$copy/tree"
	tar $(LEFT_OUT) -cf - . | tar -xf - -C "$$copy/tree"
	(cd "$$copy/tree" && go generate ./...)
	if ! diff -r -u $(LEFT_OUT) . "$$copy/tree" >"$$copy/difference"; then
	  head -60 "$$copy/difference"
	  echo 'generated files are not up to date: run make generate, look at the difference, commit it'
	  exit 1
	fi

.PHONY: bench
bench: sqlite bin/figures $(if $(DELAY),have-strace) ## benchmarks as a table, also in bin/bench.txt: figures, and ratios to bare publishes of the same run (DELAY=300: of those, on a disk that takes 300 µs longer)
	@echo '== benchmarks, with an fsync on every write; a few minutes'
	go test -run '^$$' -benchtime $(BENCHTIME) -timeout 30m $(if $(DELAY),$(DELAYED) -bench 'Submit|Verdicts|Recovery' ./cmd,-bench . ./...) | bin/figures | tee bin/bench.txt

.PHONY: mutants
mutants: check-go ## takes rules out of a copy, one at a time, and shows which test notices (ONLY=regexp, JSON=1)
	@echo '== taking out one rule at a time; some minutes' >&2
	go -C tools run ./mutants -root .. $(if $(ONLY),-only '$(ONLY)') $(if $(JSON),-json)

.PHONY: soak
soak: sqlite bin/nats bin/tally $(NPM) have-jq ## repeats random tests, in their long form and with new seeds, and scripts, for SOAK=10m
	@echo '== repeating tests that match $(SOAK_TESTS) for $(SOAK)'
	until=$$(( $$(date +%s) + $$(echo '$(SOAK)' | sed -E 's/h$$/*3600/; s/m$$/*60/; s/s$$//') ))
	round=0
	while [ "$$(date +%s)" -lt "$$until" ]; do
	  round=$$((round + 1))
	  echo "== round $$round"
	  SOAK=1 go test -json -count=1 -timeout 30m -parallel $(PARALLEL) -run '$(SOAK_TESTS)' ./... | bin/tally
	done

.PHONY: fuzz
fuzz: check-go ## runs every fuzz test for FUZZTIME=30s
	@echo '== every fuzz test for $(FUZZTIME)'
	found=0
	for package in $$(go list ./...); do
	  for name in $$(go test -list '^Fuzz' "$$package" | grep '^Fuzz' || true); do
	    found=1
	    echo "== $$package $$name"
	    go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) "$$package"
	  done
	done
	[ "$$found" = 1 ] || { echo 'there is no fuzz test' >&2; exit 1; }

.PHONY: cover
cover: sqlite bin/nats $(NPM) have-jq ## tests with coverage: bin/cover.out, bin/cover.html
	@echo '== tests with coverage'
	mkdir -p bin
	go test -timeout 15m -parallel $(PARALLEL) -coverpkg=./... -coverprofile=bin/cover.out ./...
	go tool cover -html=bin/cover.out -o bin/cover.html
	go tool cover -func=bin/cover.out | tail -1

.PHONY: tools
tools: bin/staticcheck bin/nats bin/tally bin/figures ## builds the tools that checks use: staticcheck, the stock nats command

# The tools have modules of their own, so that what they need is not what the program needs.
bin/staticcheck: tools/go.mod | check-go
	@echo '== building staticcheck; about half a minute the first time'
	go -C tools build -mod=mod -o ../$@ honnef.co/go/tools/cmd/staticcheck

bin/nats: tools/nats/go.mod | check-go
	@echo '== building the stock nats command; about a minute the first time'
	go -C tools/nats build -mod=mod -o $(CURDIR)/$@ github.com/nats-io/natscli/nats

# What the JavaScript example asks with, as its lockfile says.
$(NPM): testdata/examples/javascript/package-lock.json | have-npm
	@echo '== installing the npm client of NATS for the JavaScript example'
	cd $(@D) && npm ci --no-audit --no-fund --ignore-scripts >/dev/null
	cd $(CURDIR) && touch $@

bin/tally: $(wildcard tools/tally/*.go) | check-go
	@go -C tools build -o ../$@ ./tally

bin/figures: $(wildcard tools/figures/*.go) | check-go
	@go -C tools build -o ../$@ ./figures

# Node checks and tests the page; building it needs none.
dashboard/node_modules/.package-lock.json: dashboard/package-lock.json | have-npm
	@echo '== fetching what checks the page'
	cd dashboard && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund --loglevel=error

.PHONY: browser-set
browser-set: dashboard/node_modules/.package-lock.json have-chromium

.PHONY: browser
browser: build browser-set bin/tally ## the page in a real browser, against the real program (ONLY=regexp)
	@echo '== the page in a browser'
	cd dashboard
	TALLY=1 CHROMIUM="$$(command -v chromium)" npx --no-install playwright test $(if $(ONLY),-g '$(ONLY)') | ../bin/tally

.PHONY: screens
screens: build browser-set ## pictures of every screen, to be looked at: dashboard/tests/shots
	cd dashboard && SHOTS=1 CHROMIUM="$$(command -v chromium)" npx --no-install playwright test

.PHONY: clean
clean: ## removes what was built; keeps data directories
	rm -rf bin
