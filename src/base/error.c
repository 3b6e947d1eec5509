// SPDX-License-Identifier: Apache-2.0
#include <stdarg.h>
#include <string.h>

#include "base/error.h"

int error_set(struct error *err, int code, const char *fmt, ...)
{
    if (err) {
        va_list ap;
        va_start(ap, fmt);
        err->code = code;
        (void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
        va_end(ap);
    }
    return code;
}

int error_wrap(struct error *err, int code, const char *fmt, ...)
{
    if (!err)
        return code;

    char before[sizeof(err->text)];
    memcpy(before, err->text, sizeof(before));

    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(err->text, sizeof(err->text), fmt, ap);
    va_end(ap);
    if (n >= 0 && (size_t)n < sizeof(err->text) && before[0])
        (void)snprintf(err->text + n, sizeof(err->text) - (size_t)n, ": %s", before);
    if (!err->code)
        err->code = code;
    return err->code;
}

int error_errno(struct error *err, int code, const char *fmt, ...)
{
    if (!err)
        return code;

    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(err->text, sizeof(err->text), fmt, ap);
    va_end(ap);
    if (n >= 0 && (size_t)n < sizeof(err->text)) {
        char buf[128];
        (void)snprintf(err->text + n, sizeof(err->text) - (size_t)n, ": %s", strerror_r(-code, buf, sizeof(buf)));
    }
    err->code = code;
    return code;
}
