# Aeterna. "make build" makes ./bin/aeterna (AETERNA_NATIVE=0 make build: sooner, by a build that starts more slowly). All targets bring what
# they need from Debian's packages when run as root.
.POSIX:
.SUFFIXES:
.PHONY: build module dist test mutants difference soak demo bench matrix install uninstall release audit clean

# Which of the mutants: words of a room's or an edit's name.
ONLY =

PREFIX = /usr/local
DESTDIR =
DOTNET = DOTNET_CLI_USE_MSBUILD_SERVER=0 DOTNET_NOLOGO=1 dotnet

build:
	@src/build.sh

module: build
	@src/module.sh

test:
	@tests/run.sh

# Small defects put in one by one: does a test notice? (make mutants ONLY="relay broker"; FRESH=1 forgets earlier verdicts; an hour for all.)
mutants:
	@tests/mutants/mutants.py $(ONLY)

difference: build
	@tests/need.sh /usr/sbin/rsyslogd=rsyslog
	@tests/apart.sh tests/difference/difference.py bin/aeterna

# Hundreds of things happen to an engine under load, in random order, and nothing may be lost (as root; SOAK_ROUNDS, SOAK_SEED; half an hour).
soak: build
	@tests/soak.sh

demo: build
	@tests/need.sh /usr/sbin/rsyslogd=rsyslog
	@$(DOTNET) build -c Release -m:1 -v q -nologo bench/Aeterna.Demo
	@bench/Aeterna.Demo/bin/Release/net10.0/aeterna-demo

bench:
	@tests/need.sh /usr/sbin/rsyslogd=rsyslog
	@bench/run.sh

# Twenty and more daemons under load, by Aeterna, by their own way, and restarted; writes docs/programs.md (as root; about half an hour).
matrix: build
	@bench/matrix/matrix.py --install --write docs/programs.md

# The engine, its unit, documents, examples, the SDKs and the PowerShell module; uninstall removes just these. What runs goes on.
install: build
	@src/install.sh "$(DESTDIR)" "$(PREFIX)"

uninstall:
	@src/install.sh --remove "$(DESTDIR)" "$(PREFIX)"

# Packages for Debian (.deb) and for those with rpm, in out/.
dist: build
	@src/dist.sh

# Known vulnerabilities of the packages, as the package source knows them.
audit:
	@src/audit.sh

# Version, date and heading of the changelog, commit and tag in one place: make release VERSION=1.2.3 (on a clean tree; nothing is pushed).
VERSION =

release:
	@src/release.sh $(VERSION)

clean:
	rm -rf bin out TestResults
	find src tests bench -type d \( -name bin -o -name obj \) -prune -exec rm -rf {} +
