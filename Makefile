# SPDX-License-Identifier: Apache-2.0
# A menu over Meson and Ninja. `make help` lists the words.
.DEFAULT_GOAL := build
TARGET ?= /
ARGS ?=
KERNELS ?= all
prefix ?= /usr/local
BUILD ?= build

.PHONY: build run demo test test-kernels bench fuzz lint asan clang install deps clean help
## build    build/davy and its programs (the default)
build: $(BUILD)/build.ninja
	@ninja -C $(BUILD) $$([ -t 1 ] || echo --quiet)

$(BUILD)/build.ninja: | deps
	@meson setup $(BUILD) --prefix=$(prefix) >$(BUILD).log 2>&1 || { cat $(BUILD).log; rm -f $(BUILD).log; exit 1; }; rm -f $(BUILD).log

## deps     install the Debian packages that are missing (needs root or sudo)
deps:
	@tools/install-deps build

## run      scan this machine, or TARGET=…; ARGS=… are passed on
run: build
	@$(BUILD)/davy scan $(ARGS) -- $(TARGET); code=$$?; [ $$code -le 1 ] || exit $$code

## demo     watch this machine while every drill is done, and show what was seen (needs root)
demo: build
	@tools/demo $(BUILD)

## test     every test: gcc, clang, sanitizers, fuzz corpora, scenarios, lint
test:
	@tools/install-deps build test
	@tools/test

## test-kernels  watch on the kernels that Debian offers, under QEMU; KERNELS="5.10 6.1"
test-kernels: build
	@tools/install-deps build test
	@ninja -C $(BUILD) --quiet tests/kernel/acts tests/kernel/target
	@tests/kernel/run --build $(BUILD) $(ARGS) $(KERNELS)

## bench    measure against peers in the same run
bench: build
	@tools/install-deps build bench
	@bench/run $(ARGS)

## fuzz     run every fuzz target; FUZZ_SECONDS=600 each
fuzz:
	@tools/install-deps build test
	@tools/fuzz $(ARGS)

## asan     a build in build-asan with AddressSanitizer and UBSan
asan:
	@tools/install-deps build test
	@tools/build-asan

## lint     static checks: rooms, pages, cppcheck, marks, help texts
lint: build
	@tools/install-deps build test
	@tools/lint

## install  into $(DESTDIR)$(prefix); the tree may be moved as a whole
install: build
	@meson configure $(BUILD) -Dprefix=$(prefix) && ninja -C $(BUILD) --quiet
	@meson install -C $(BUILD) --no-rebuild

## clean    remove every build folder
clean:
	@rm -rf build build-*

help:
	@sed -n 's/^## /  /p' Makefile
