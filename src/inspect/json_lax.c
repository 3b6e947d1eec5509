// SPDX-License-Identifier: Apache-2.0
#include "inspect/json_lax.h"

void json_make_strict(char *p, size_t n)
{
    size_t comma = n; /* the last significant byte, when it is a comma */
    for (size_t i = 0; i < n; i++) {
        if (p[i] == '"') {
            for (i++; i < n && p[i] != '"'; i++)
                i += p[i] == '\\';
            comma = n;
        } else if (p[i] == '/' && i + 1 < n && p[i + 1] == '/') {
            while (i < n && p[i] != '\n')
                p[i++] = ' ';
        } else if (p[i] == '/' && i + 1 < n && p[i + 1] == '*') {
            p[i] = p[i + 1] = ' ';
            for (i += 2; i < n && !(p[i] == '*' && i + 1 < n && p[i + 1] == '/'); i++)
                p[i] = ' ';
            if (i + 1 < n)
                p[i] = p[i + 1] = ' ';
            i++;
        } else if (p[i] == ',') {
            comma = i;
        } else if (p[i] == '}' || p[i] == ']') {
            if (comma < n)
                p[comma] = ' ';
            comma = n;
        } else if (p[i] != ' ' && p[i] != '\t' && p[i] != '\n' && p[i] != '\r') {
            comma = n;
        }
    }
}
