# What the layers with packages from PyPI have in common; layers/page has a link to it. Wheels that match the hashes of
# requirements.txt, without their own dependencies: pure ones, and of NATIVE one for each of PLATFORMS.
INTERPRETER := python3.13
WHEELS := $(ARTIFACTS_DIR)/wheels

NATIVE_LINES := /^$(NATIVE)==/,/[^\]$$/
FETCH = $(INTERPRETER) -m pip download --disable-pip-version-check --quiet --require-hashes --no-deps \
	--only-binary=:all: --python-version 3.13 --dest "$(WHEELS)" --requirement /dev/stdin
UNPACK = for wheel in "$(WHEELS)"/*.whl; do $(INTERPRETER) -m zipfile --extract "$$wheel" "$(ARTIFACTS_DIR)/python" || exit 1; \
	done; rm -rf "$(WHEELS)"

.PHONY: wheels

# Also run by the Makefile of the whole, into a folder that is kept.
wheels:
	sed '$(NATIVE_LINES)d' requirements.txt | $(FETCH) --platform any
	for platform in $(PLATFORMS); do \
		sed -n '$(NATIVE_LINES)p' requirements.txt | $(FETCH) --platform $$platform || exit 1; \
	done
