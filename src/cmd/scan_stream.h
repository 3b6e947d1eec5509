// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * davy scan --stream: targets from standard input, one a line (TARGET, or TARGET<tab>OS/ARCH), and the report of each as one line of JSON
 * as soon as it is done, in their order. What is loaded once serves them all; nothing of a target stays. The first line out says what judges:
 *
 *     {"schema":"davy.stream/1","version":…,"identity":…,"rules":…}
 *
 * Two scanners with the same `identity` say the same of the same image.
 */
struct scan;
typedef int (*scan_stream_one)(struct scan *s, const char *target);
/* Until the input ends. Negative when the run must stop. */
int scan_stream(struct scan *s, scan_stream_one one);
