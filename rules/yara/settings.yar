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
        $hosts = /"hosts"[ \t\r\n]{0,16}:[ \t\r\n]{0,16}\[[^\]]{0,256}"tcp:\/\/(0\.0\.0\.0|\[[0-9a-f]*:[0-9a-f:]*\]|[a-km-z][a-z0-9.\-]{0,64}|([1-9][0-9]?|1[013-9][0-9]|12[0-689]|2[0-9][0-9])\.[0-9.]{5,11})?:[0-9]{2,5}"/
        $verify = /"tlsverify"[ \t\r\n]{0,16}:[ \t\r\n]{0,16}true/
    condition:
        filesize < 64KB and $hosts and not $verify
}

rule davy_polkit_open : setting
{
    meta:
        description = "a rule of polkit that agrees to everything"
        row = "12"
        source = "polkit's manual"
    strings:
        $rule = /polkit\.addRule[ \t]{0,8}\([ \t]{0,8}(function[ \t]{0,8})?\([^)]{0,64}\)[ \t]{0,8}(=>[ \t]{0,8})?\{[ \t\r\n]{0,64}return[ \t]{1,8}(polkit\.Result\.YES|["']yes["'])/
        $everybody = /Identity[ \t]{0,8}=[ \t]{0,8}(unix-user:\*|\*|unix-group:\*)[ \t]{0,8}\r?\nAction[ \t]{0,8}=[ \t]{0,8}\*[ \t]{0,8}\r?\n(Result[A-Z][a-z]{2,10}[ \t]{0,8}=[ \t]{0,8}(no|auth_[a-z_]{1,16})[ \t]{0,8}\r?\n){0,2}Result[A-Z][a-z]{2,10}[ \t]{0,8}=[ \t]{0,8}yes/
    condition:
        filesize < 64KB and ($rule or $everybody)
}
