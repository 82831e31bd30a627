# Two commands: `make run` opens the wallet, `make test` runs every check.
# Each first sets up whatever the machine still lacks (packaging/bootstrap).

BIN := .venv/bin

# Where nothing may be compiled beside the sources, the many real processes of the
# tests would each compile all of it anew: half of what they do.
ifdef PYTHONDONTWRITEBYTECODE
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX := $(CURDIR)/build/bytecode
endif

.PHONY: gallery-corpus corpus judges mutated bench-apple help setup run test rehearse bench gallery locks fuzz fuzz-http sync-million privacy crash ha soak bench-ledger bench-records

help:
	@echo "make run       open the wallet; without a display, play the story in the terminal"
	@echo "make test      run every check of the gate"
	@echo "make setup     set up what is missing; then $(BIN)/heartwood is the command"
	@echo "make rehearse  prove both commands on a bare Debian (root, several minutes)"
	@echo "make bench-records  of up to a million records: import, search, charts, growth"
	@echo "make bench     measure; make gallery [TO=folder]: a picture of every page"
	@echo "make gallery-corpus TO=folder [PATIENTS=...]: every view over public records"
	@echo "make corpus    [FOLDERS=...] bring in the public test records and count them twice"
	@echo "make judges    [FOLDERS=...] strangers judge every FHIR export of those records"
	@echo "make mutated   [COUNT=10000] damaged files by the thousand; make bench-apple [MIB=3072]"
	@echo "make fuzz      change files at random before every parser, for SECONDS=600"
	@echo "make fuzz-http schemathesis against every server, for SECONDS=600"
	@echo "make sync-million [ENTRIES=n]; make privacy [PATIENTS=n]: long forms, measured"
	@echo "make crash     [ROUNDS=1000] kill a ledger and its database at every named point"
	@echo "make ha        [ROUNDS=20] kill and cut off the primary of three PostgreSQL"
	@echo "make soak      [MINUTES=30] mixed load, checked all along; make bench-ledger"
	@echo "make locks     for maintainers: choose versions anew"

setup:
	@packaging/bootstrap

run: setup
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then \
		exec $(BIN)/python -m ui; \
	else \
		exec $(BIN)/heartwood demo --story; \
	fi

# pytest comes last, so that its closing line is the last word of a green gate. Four
# workers, on two cores too: most of what the long tests do is wait for servers.
test: setup
	@! grep -n '://' locks/*.txt || { echo "a lock names a host"; exit 1; }
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	QT_QPA_PLATFORM=$${QT_QPA_PLATFORM:-offscreen} \
		$(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder

rehearse:
	packaging/rehearse

bench: setup
	$(BIN)/python -m tests.bench

# Half of the kills go to an embedded ledger, half to one in PostgreSQL.
crash: setup
	ROUNDS=$$(( $(or $(ROUNDS),1000) / 2 )) $(BIN)/python -m pytest -s \
		tests/server/log/test_crash_points.py

# What the front ends log meanwhile is in build/ha.log.
ha: setup
	$(BIN)/python -m tests.ha --rounds $(or $(ROUNDS),20) 2>build/ha.log

soak: setup
	$(BIN)/python -m tests.soak --minutes $(or $(MINUTES),30)

# Records: import, search, charts, start, and how all of it grows to a million.
bench-records: setup
	$(BIN)/python -m tests.bench importing searching charting starting scaling

bench-ledger: setup
	$(BIN)/python -m tests.bench adding sequencing serving proving checking \
		replicating sharing growing

# Every view of records over public patients; words for programs are listed at the end.
gallery-corpus: setup
	$(BIN)/python -m tests.ui.gallery_corpus $(TO) $(PATIENTS)

gallery: setup
	$(BIN)/python -m tests.ui.gallery $(TO)

# What an import makes of public records, by folder and by format; lost must be 0.
corpus: setup
	$(BIN)/python -m tests.corpus $(FOLDERS)

judges: setup
	packaging/strangers
	$(BIN)/python -m tests.foreign.judges $(FOLDERS)

fuzz: setup
	$(BIN)/python -m tests.fuzz $(or $(SECONDS),60)

# What the servers log meanwhile is in build/fuzz-http.log.
fuzz-http: setup
	packaging/strangers
	$(BIN)/python -m tests.foreign.http_fuzz $(or $(SECONDS),60) 2>build/fuzz-http.log

locks: setup
	packaging/relock

sync-million: setup
	$(BIN)/python -m tests.bench.clinic_million $(ENTRIES)
	$(BIN)/python -m tests.bench.million $(ENTRIES)

privacy: setup
	$(BIN)/python -m tests.privacy $(PATIENTS)

mutated: setup
	$(BIN)/python -m tests.mutated $(COUNT)

bench-apple: setup
	$(BIN)/python -m tests.bench.apple $(MIB)
