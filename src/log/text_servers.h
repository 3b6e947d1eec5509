// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Lines that servers write about themselves, each in its own form: the error logs of nginx and of Apache httpd, fail2ban, Tomcat and whatever logs by java.util.logging, Kubernetes' own programs (klog),
 * programs that write pairs (logfmt: dockerd, containerd, etcd, Prometheus, Grafana; FortiGate), PHP, dpkg, ClamAV, vsftpd, Exim, alerts of Snort and Suricata on a line, events of containers, Rails, Monolog, Django, and applications that begin a line with date and level. Each looks at one line and allocates nothing; texts borrow from it.
 */
#include "log/text.h"

enum { TEXT_PAIRS_MAX = 48 }; /* pairs of a line that are kept; dockerd writes about ten, FortiGate of a session forty */

struct text_server {
    struct text t;
    struct text_pair {
        struct str name, text;
        bool is_quoted; /* with backslashes as in JSON */
    } pairs[TEXT_PAIRS_MAX];
    unsigned n_pairs;
    bool is_sure;       /* nothing else writes such a line; of the others only the level behind the time tells */
};

/* True when it is such a line: time, program where it is known, message, and what else it says as pairs; logins that were refused are logins, requests and alerts have those values. */
bool text_server_line(struct str line, const struct text_clock *clock, struct text_server *ret);
