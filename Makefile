# Postern. `make` lists what there is.

.PHONY: help test check unit browser lint guards fuzz bench soak load build clean

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

test: ## the whole product on both databases, with a browser, in minutes; installs what is missing
	@scripts/test

check: ## make test, and what takes longer: race detector, rounds of crashes, all journeys, guards
	@scripts/check

unit: ## the Go tests, with a private PostgreSQL
	@scripts/with-postgres go test -short ./...

browser: build ## all journeys in a browser and with the clients from npm and PyPI
	@scripts/with-postgres scripts/browser-tests

lint: ## vet, golangci-lint, govulncheck
	@scripts/lint

guards: ## takes one guard after the other out of the code, and wants a test to fail
	@go run ./internal/guards

fuzz: ## every fuzz target, FUZZTIME each (default 30s)
	@scripts/fuzz

bench: ## the benchmarks, each with its comparison
	@scripts/with-postgres --durable go test -run '^$$' -bench . -benchtime 2s ./bench/

soak: ## key rotation every two seconds for a minute, RS256 and ES256; a function and its layer that stand still for a minute
	@POSTERN_SOAK=1 POSTERN_TEST_FREEZE=60s scripts/with-postgres go test -v -count 1 -run '^(TestRotation|TestLayer)$$' ./cmd/postern

load: ## load on the core with 10,000 and with 1,000,000 users, on both databases
	@scripts/load

build: ## bin/postern
	@CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o bin/postern ./cmd/postern

clean: ## remove what was built
	@rm -rf bin
