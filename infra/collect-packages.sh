#!/bin/sh
# Copies the workspace packages that an application needs, from the sources to the application's image.
# npm has linked exactly these into node_modules, the application itself included.
#
#   collect-packages.sh INSTALLED SOURCES TARGET
set -eu
installed=$1 sources=$2 target=$3

mkdir -p "$target"
cp "$sources/package.json" "$target"
for link in "$installed"/node_modules/@m2fp/* "$installed"/node_modules/m2fp; do
  [ -L "$link" ] || continue
  folder=$(readlink "$link" | sed 's|^\(\.\./\)*||')
  (cd "$sources" && cp -R --parents "$folder" "$target")
  # Dependencies in another version than other packages have.
  if [ -d "$installed/$folder/node_modules" ]; then cp -R "$installed/$folder/node_modules" "$target/$folder"; fi
done
