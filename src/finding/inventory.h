// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What a target holds, whatever was found in it: where its bytes are, and, when asked for, which programs and packages it
 * brings. Filled from the facts of its files, one by one; sinks show it. Files of every layer count, as they were read.
 *
 *     inventory_add(&target->inventory, facts, want_list);
 */
#include "base/digest.h"
#include "base/map.h"
#include "base/vec.h"
#include "event/facts.h"

enum {
    /* Reasons: a hostile image has as many folders, files and packages as it wants; a list is for people and programs. */
    INVENTORY_SHARES_MAX = 4096,
    INVENTORY_FILES_MAX = 200'000,
    INVENTORY_PACKAGES_MAX = 100'000,
    INVENTORY_TEXT_MAX = 1024,             /* bytes kept of one name, path or version */
    INVENTORY_BYTES_MAX = 64 << 20,        /* of all kept text */
    INVENTORY_FOLDER_DEPTH = 3,            /* folders are told apart down to "/usr/lib/x" */
};

/* Bytes of one kind of file in one folder. */
struct inventory_share {
    struct str folder; /* "/usr/lib"; "(other)" beyond the limit */
    struct str kind;   /* as file.kind */
    uint64_t files, bytes;
};

/* A file that can run or be loaded: what a list of software names beside packages. */
struct inventory_file {
    struct str path, kind;
    uint8_t sha256[SHA256_BYTES];
    uint64_t size;
    uint32_t layer;         /* 0: none */
    struct str layer_state; /* as layer.state, empty without layers; static */
};

struct inventory_package {
    struct str ecosystem; /* as package.ecosystem */
    struct str name, version, arch;
    struct str path; /* of the file that says so */
    uint32_t layer;
};

struct inventory {
    struct arena arena;
    struct map by_share;
    VEC(struct inventory_share) shares; /* in the order met */
    VEC(struct inventory_file) files;
    VEC(struct inventory_package) packages; /* of effective files only, each once */
    struct map by_package;
    uint64_t files_left_out, packages_left_out; /* beyond the limits */
    struct str unread_database;                 /* path of a package database that cannot be read; empty: none */
    struct str os_id, os_version;               /* of os-release; empty where unknown */
    bool is_listed;                             /* files and packages were asked for */
};

/* Takes one file's facts; other events are passed over. With `list` also files and packages. Strings are copied. */
void inventory_add(struct inventory *inv, const struct facts *facts, bool list);
/* Gives the memory back; may run twice. */
void inventory_done(struct inventory *inv);
