// SPDX-License-Identifier: Apache-2.0
// Settings that leave a door open. They say what a file sets; rules/behaviour/exposure.yaml says where it matters.

rule davy_redis_open : setting
{
    meta:
        description = "Redis on every address, without protected mode and password"
        row = "8"
        source = "redis.conf's own comments"
    strings:
        $bind = /(^|\n)[ \t]*bind[ \t]+[^\n]*(0\.0\.0\.0|\*)/
        $unprotected = /(^|\n)[ \t]*protected-mode[ \t]+no/
        $password = /(^|\n)[ \t]*(requirepass|user|aclfile)[ \t]+[^ \t\n]/
    condition:
        filesize < 1MB and $unprotected and $bind and not $password
}

rule davy_docker_api_open : setting
{
    meta:
        description = "Docker's API on a network address without certificates"
        row = "8"
        source = "dockerd's reference"
    strings:
        $hosts = /"hosts"[ \t\r\n]{0,16}:[ \t\r\n]{0,16}\[[^\]]{0,256}"tcp:\/\/(0\.0\.0\.0|\[::\])?:2375"/
        $verify = /"tlsverify"[ \t\r\n]{0,16}:[ \t\r\n]{0,16}true/
    condition:
        filesize < 64KB and $hosts and not $verify
}
