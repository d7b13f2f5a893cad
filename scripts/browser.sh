# For the scripts that look at pages in a browser: sourced, not run. `need_browser FOLDER PACKAGE...` sets `browser` to a Chromium and installs
# npm packages into FOLDER; what is missing is installed as root on Debian, and where that is impossible the script ends with "skipped: …".
# CHROMIUM names another browser.

skip() {
    echo "skipped: $1"
    exit 0
}

find_browser() {
    local name
    for name in "${CHROMIUM-}" chromium chromium-browser google-chrome; do
        if [[ -n "$name" ]] && command -v "$name" >/dev/null; then command -v "$name"; return; fi
    done
    return 1
}

need_browser() {
    local folder="$1" missing=()
    shift
    find_browser >/dev/null || missing+=(chromium)
    command -v node >/dev/null || missing+=(nodejs)
    command -v npm >/dev/null || missing+=(npm)
    if ((${#missing[@]})); then
        if ! command -v apt-get >/dev/null || [[ "$(id -u)" != 0 ]]; then skip "there is no ${missing[*]} here"; fi
        { apt-get update && apt-get install --yes --no-install-recommends "${missing[@]}"; } >/dev/null 2>&1 || skip "${missing[*]} cannot be installed here"
    fi
    browser="$(find_browser)" || skip "there is no Chromium here"
    mkdir -p "$folder"
    echo '{ "private": true }' >"$folder/package.json"
    npm install --prefix "$folder" --no-audit --no-fund --silent "$@" >"$folder/npm.log" 2>&1 || skip "$* cannot be fetched from npm here"
}
