// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Acts of Linux' audit as LAUREL writes them, all records of one in an object: {"ID": "1615114232.375:15558", "SYSCALL": {…}, "EXECVE": {"ARGV": […]}, "PATH": [{…}, …]}.
 */
#include "base/strbuf.h"
#include "log/node.h"

bool audit_json_is(struct node root);
/* As auditd's own lines (log/audit.h), the one that says who did it first. */
void audit_json_write(struct node root, struct strbuf *b);
/* A text as auditd has it: between quotes, or as digits where it holds one or a control character. */
void audit_json_add_text(struct strbuf *b, struct str s);
