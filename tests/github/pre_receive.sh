#!/bin/sh
# What GitHub refuses from a push: its own refs, and workflow files without that permission.
status=0
while read -r _ new ref; do
  case "$ref" in
    refs/pull/*) echo "deny updating a hidden ref" >&2 && status=1 ;;
  esac
  [ "$LOCAL_GITHUB_WORKFLOWS" = write ] && continue
  [ "$new" = 0000000000000000000000000000000000000000 ] && continue
  touched=$(git rev-list "$new" --not --all |
    git diff-tree --stdin -m -r --root --no-commit-id --name-only |
    grep '^\.github/workflows/' | head -n 1)
  if [ -n "$touched" ]; then
    echo "refusing to allow a GitHub App to create or update workflow \`$touched\`" \
      "without \`workflows\` permission" >&2
    status=1
  fi
done
exit "$status"
