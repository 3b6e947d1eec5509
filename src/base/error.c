// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/error.h"
#include "base/intl.h"
#include "base/text.h"

/* What the system may say of a file, a process or memory, in the C library's own words. */
static const struct {
    int code;
    const char *words;
} WORDS[] = {
    {EPERM, N_("Operation not permitted")},
    {ENOENT, N_("No such file or directory")},
    {ESRCH, N_("No such process")},
    {EINTR, N_("Interrupted system call")},
    {EIO, N_("Input/output error")},
    {ENXIO, N_("No such device or address")},
    {E2BIG, N_("Argument list too long")},
    {ENOEXEC, N_("Exec format error")},
    {EBADF, N_("Bad file descriptor")},
    {EAGAIN, N_("Resource temporarily unavailable")},
    {ENOMEM, N_("Cannot allocate memory")},
    {EACCES, N_("Permission denied")},
    {EBUSY, N_("Device or resource busy")},
    {EEXIST, N_("File exists")},
    {EXDEV, N_("Invalid cross-device link")},
    {ENODEV, N_("No such device")},
    {ENOTDIR, N_("Not a directory")},
    {EISDIR, N_("Is a directory")},
    {EINVAL, N_("Invalid argument")},
    {ENFILE, N_("Too many open files in system")},
    {EMFILE, N_("Too many open files")},
    {EFBIG, N_("File too large")},
    {ENOSPC, N_("No space left on device")},
    {ESPIPE, N_("Illegal seek")},
    {EROFS, N_("Read-only file system")},
    {EPIPE, N_("Broken pipe")},
    {ERANGE, N_("Numerical result out of range")},
    {ENAMETOOLONG, N_("File name too long")},
    {ENOSYS, N_("Function not implemented")},
    {ELOOP, N_("Too many levels of symbolic links")},
    {EPROTO, N_("Protocol error")},
    {EBADMSG, N_("Bad message")},
    {EOVERFLOW, N_("Value too large for defined data type")},
    {EILSEQ, N_("Invalid or incomplete multibyte or wide character")},
    {EOPNOTSUPP, N_("Operation not supported")},
    {ECONNREFUSED, N_("Connection refused")},
    {ECONNRESET, N_("Connection reset by peer")},
    {ETIMEDOUT, N_("Connection timed out")},
    {EHOSTUNREACH, N_("No route to host")},
    {ESTALE, N_("Stale file handle")},
    {ECANCELED, N_("Operation canceled")},
    {EKEYREJECTED, N_("Key was rejected by service")},
};

const char *error_words(int code)
{
    int n = code < 0 ? -code : code;
    for (size_t i = 0; i < ARRAY_SIZE(WORDS); i++)
        if (WORDS[i].code == n)
            return _(WORDS[i].words);
    const char *words = strerrordesc_np(n);
    return words ? words : _("Unknown error");
}

/* A text that did not fit, `n` bytes and more, does not end within a character. */
static void end_whole(struct error *err, int n)
{
    if (n >= (int)sizeof(err->text))
        err->text[text_cut(str_from(err->text), sizeof(err->text)).n] = 0;
}

int error_set(struct error *err, int code, const char *fmt, ...)
{
    if (err) {
        va_list ap;
        va_start(ap, fmt);
        err->code = code;
        end_whole(err, vsnprintf(err->text, sizeof(err->text), intl_text(fmt), ap));
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
    int n = vsnprintf(err->text, sizeof(err->text), intl_text(fmt), ap);
    va_end(ap);
    if (n >= 0 && (size_t)n < sizeof(err->text) && before[0])
        n += snprintf(err->text + n, sizeof(err->text) - (size_t)n, ": %s", before);
    end_whole(err, n);
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
    int n = vsnprintf(err->text, sizeof(err->text), intl_text(fmt), ap);
    va_end(ap);
    if (n >= 0 && (size_t)n < sizeof(err->text))
        n += snprintf(err->text + n, sizeof(err->text) - (size_t)n, ": %s", error_words(code));
    end_whole(err, n);
    err->code = code;
    return code;
}
