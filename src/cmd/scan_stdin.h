// SPDX-License-Identifier: Apache-2.0
#pragma once
/* The target `-`: what comes through standard input, as in `docker save IMAGE | davy scan -`. */
struct scan;
/*
 * Scans it. What is no file lies in one without a name meanwhile, in the folder for fetched images (cmd/scan_spool.h): an archive tells at
 * its end what its layers are. As scan_image(); a terminal and a disk without room are a failure of this target.
 */
int scan_stdin(struct scan *s);
