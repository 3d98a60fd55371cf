# To be sourced. Reads --NAME VALUE into the variables of these names, which hold the defaults; --help prints the head of the script.
#   read_options "host port …" "$@"
read_options() {
    local names=" $1 " name
    shift
    while [ $# -gt 0 ]; do
        [ "$1" != --help ] || { sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0"; exit 0; }
        name=${1#--}
        [[ $1 == --* && $names == *" $name "* ]] || { echo "error: unknown option $1; see --help" >&2; exit 2; }
        [ $# -gt 1 ] || { echo "error: an option lacks its value; see --help" >&2; exit 2; }
        printf -v "$name" %s "$2"
        shift 2
    done
    [ -n "$port" ] || { echo "error: --port is missing; see --help" >&2; exit 2; }
}

sql() { psql -qXAt -v ON_ERROR_STOP=1 -h "$host" -p "$port" -U "$user" "$@"; }
