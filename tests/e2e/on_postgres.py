# SPDX-License-Identifier: Apache-2.0
"""Runs a unit test on a PostgreSQL of its own; where there can be none it says why."""
import os
import subprocess
import sys

import postgres

why = postgres.missing()
if why:
    print(f'1..0 # SKIP {why}')
    sys.exit(0)
server = postgres.Server()
try:
    sys.exit(subprocess.run(sys.argv[1:], env={**os.environ, 'DAVY_TEST_POSTGRES': server.new_database()}).returncode)
finally:
    server.stop()
