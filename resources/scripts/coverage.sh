#!/usr/bin/env bash
# Lines covered by the tests, per source file and in total: after `cmake --workflow --preset coverage`, run
#   resources/scripts/coverage.sh
# A file that is compiled into several targets counts with its best run.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
build="${1:-$root/build/coverage}"
cd "$(mktemp -d)"
find "$build" -name '*.gcda' -exec gcov -n -r -s "$root" {} + 2>/dev/null |
    awk -F"'" '
        /^File / { file = $2 }
        /^Lines executed:/ && file != "" {
            split($0, part, /[:%]| of /)
            percent = part[2]; lines = part[4]
            if (file ~ /^(engine|models|data|optimizers|plugins|app)\// &&
                (!(file in total) || percent > best[file])) { best[file] = percent; total[file] = lines }
            file = ""
        }
        END {
            for (f in total) {
                printf "%6.1f %% of %5d  %s\n", best[f], total[f], f
                all += total[f]; covered += best[f] * total[f] / 100
            }
            if (all > 0) printf "%6.1f %% of %5d  total\n", 100 * covered / all, all
        }' | sort -k5
