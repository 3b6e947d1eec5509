// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What context keeps at most, and why that much. Everything beyond is forgotten and counted, never an error.
 */
enum {
    /* Processes remembered, those that ended a moment ago included. Linux' own default for the highest pid is 32768 on small machines. */
    CONTEXT_PROCESSES_DEFAULT = 65536,
    /* Bytes of command lines, environments and folders of all of them: a command line may have 16 KiB, typical are 150 bytes. */
    CONTEXT_COMMAND_BYTES_MAX = 64 << 20,
    /* How long an ended process is kept for records that come late and for findings that name it, in milliseconds. */
    CONTEXT_GRACE_MS = 5000,
    /* Ancestors that are looked at; Falco's walk of an environment ends at 20, and no honest chain is longer than this. */
    CONTEXT_ANCESTORS_MAX = 64,
    /* Users and groups remembered: of the machine and of every container with names of its own. */
    CONTEXT_NAMES_MAX = 16384,
    /* Host names of addresses remembered. */
    CONTEXT_HOSTS_MAX = 16384,
    /* Texts made for one event: all its parameters as one text (at most a record's size), each once more, and paths. */
    CONTEXT_JOT_BYTES = 512 << 10,
};
