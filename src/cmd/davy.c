// SPDX-License-Identifier: Apache-2.0
/*
 * The front: `davy COMMAND …` becomes the program davy-COMMAND, as git does. It links nothing but base, so that each
 * command carries only the libraries and the rights that it needs.
 */
#include <errno.h>
#include <limits.h>

#include "base/intl.h"
#include "cmd/common.h"
#include "config.h"

static const struct {
    const char *name, *help;
} COMMANDS[] = {
#define COMMAND(name, help) {name, help},
#include "cmd/command.def"
#undef COMMAND
};

static void help(FILE *out)
{
    (void)fputs(_("Usage: davy COMMAND [OPTION…] …\n\n"
                  "Davy tells whether somebody uses your machines, containers and images against\n"
                  "your will, and shows the evidence.\n\nCommands:\n"),
                out);
    for (size_t i = 0; i < ARRAY_SIZE(COMMANDS); i++)
        (void)fprintf(out, "  %-9s %s\n", COMMANDS[i].name, _(COMMANDS[i].help));
    (void)fputs(_("\nExamples:\n"
                  "  davy scan /                   this machine: what runs, starts and persists\n"
                  "  davy scan image.tar           an image saved by docker, podman or skopeo\n"
                  "  sudo davy watch               this machine and its containers, live\n"
                  "  davy rules list               what Davy judges by\n"
                  "\n`davy COMMAND --help` says more; so do man davy and man davy-COMMAND.\n"),
                out);
}

static bool known(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(COMMANDS); i++)
        if (!strcmp(COMMANDS[i].name, name))
            return true;
    return false;
}

static void say_unknown(const char *word)
{
    const char *names[ARRAY_SIZE(COMMANDS)];
    for (size_t i = 0; i < ARRAY_SIZE(COMMANDS); i++)
        names[i] = COMMANDS[i].name;
    cmd_no_command("davy", word, names, ARRAY_SIZE(COMMANDS));
}

int main(int argc, char **argv)
{
    cmd_language();
    if (argc < 2) {
        help(stderr);
        return EXIT_USAGE;
    }
    const char *word = argv[1];
    if (!strcmp(word, "--help") || !strcmp(word, "-h") || (!strcmp(word, "help") && argc < 3)) {
        help(stdout);
        return cmd_flush("davy");
    }
    if (!strcmp(word, "--version") || !strcmp(word, "-V") || !strcmp(word, "version")) {
        (void)printf("davy %s\n", DAVY_VERSION);
        return cmd_flush("davy");
    }
    char *help_argv[] = {argv[0], NULL, (char *)"--help", NULL};
    char **rest = argv + 1;
    if (!strcmp(word, "help")) {
        word = argv[2];
        help_argv[1] = argv[2];
        rest = help_argv + 1;
    }
    if (!known(word)) {
        say_unknown(word);
        return EXIT_USAGE;
    }

    char path[PATH_MAX + 64];
    (void)snprintf(path, sizeof(path), "%s/davy-%s", cmd_program_dir(), word);
    if (access(path, X_OK))
        (void)snprintf(path, sizeof(path), "%s/davy-%s", cmd_installed_dir(DAVY_LIBEXEC), word);
    (void)execv(path, rest);
    cmd_error("davy", "cannot run %s: %s", path, error_words(errno));
    return EXIT_CANNOT;
}
