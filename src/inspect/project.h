// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What runs when a folder of sources is opened, built, tested or put to work: tasks of editors, recipes of builds and images, steps of CI,
 * hooks and settings of git, manifests of orchestrators. The project analyzer (project.c) knows the files by name; each family has a
 * file of its own that gives their commands, which go through the script analyzer. Honest projects fetch and run things all day: what is
 * stated here is no sign by itself.
 */
#include "inspect/analyzer.h"

enum {
    PROJECT_TEXT_MAX = 1 << 20,  /* bytes of a file that are read; the largest workflows and makefiles have some 200 KB */
    PROJECT_COMMANDS_MAX = 2048, /* commands looked at in one file */
    PROJECT_BYTES_MAX = 4 << 20, /* of all of them: variables and aliases repeat */
    PROJECT_SHOWN_MAX = 16,      /* commands that are kept in project.commands, */
    PROJECT_SHOWN_BYTES = 512,   /* and what is kept of one */
};

/* A file that is read for its commands. */
struct project {
    const struct content *c; /* its data is cut to PROJECT_TEXT_MAX */
    struct facts *facts;
    const char *tool; /* as project.tool names it */
    const char *when; /* as project.when does */
    const char *keys; /* of settings whose values are commands or name code, separated by blanks; the language of a program; NULL where the family knows them */
    unsigned commands;
    size_t bytes;
};

/* One command: states what it does, and project.tool, project.when and project.commands. `at` is its place in c->data. */
void project_command(struct project *p, struct str command, size_t at);
/* A whole script, put together from the file: the same, but it is not kept in project.commands. */
void project_script(struct project *p, struct str script, size_t at);

/* The next word of a line, which is left without it. */
struct str project_word(struct str *s);

/* Each gives the commands of its family's files. */
void project_read_json(struct project *p);     /* tasks of Visual Studio Code, containers for development, notebooks */
void project_read_yaml(struct project *p);     /* CI, hooks, manifests, playbooks */
void project_read_make(struct project *p);     /* make, and just */
void project_read_image(struct project *p);    /* Dockerfile */
void project_read_config(struct project *p);   /* an image's configuration */
void project_read_cmake(struct project *p);
void project_read_xml(struct project *p);      /* Maven and Ant */
void project_read_calls(struct project *p);    /* programs whose calls give commands: Gradle, Jenkins, Meson */
void project_read_settings(struct project *p); /* KEY = "command": Vagrant, Terraform, Bazel */
void project_read_git(struct project *p);      /* git's settings */
void project_read_lines(struct project *p);    /* NAME: command */
void project_read_shell(struct project *p);    /* the whole is shell text */
void project_read_directives(struct project *p); /* KEY command, KEY = command: ssh, tmux, pacman, supervisor */
void project_read_apt(struct project *p);
void project_read_dnf(struct project *p);
void project_read_modprobe(struct project *p);
void project_read_incron(struct project *p);
void project_read_logrotate(struct project *p);
void project_read_actions(struct project *p);
void project_read_snmp(struct project *p);
void project_read_pipes(struct project *p);          /* mail */
void project_read_loader(struct project *p);         /* folders of ld.so */
void project_read_loads(struct project *p);          /* KEY = path of code */
void project_read_cargo(struct project *p);
void project_read_sshd(struct project *p);
void project_read_nss(struct project *p);
void project_read_code(struct project *p);           /* a program in the language that the keys name */
void project_read_vim(struct project *p);
void project_read_emacs(struct project *p);
void project_read_container_hook(struct project *p); /* what runtimes of containers run */
void project_read_docker(struct project *p);
void project_read_web(struct project *p);            /* web servers, and what PHP is told to run beside pages */
void project_read_lua(struct project *p);            /* of nginx */
