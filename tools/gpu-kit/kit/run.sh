#!/bin/sh
# Runs the kit with its own Node. VK_DRIVER_FILES names the driver of Vulkan where the loader does not find it.
set -eu
kit=$(cd "$(dirname "$0")" && pwd)
if [ -z "${VK_DRIVER_FILES:-}${VK_ICD_FILENAMES:-}" ]; then
  # Containers often mount the driver of the card where no loader looks.
  driver=$(find /usr/local -name 'nvidia_icd*.json' 2>/dev/null | head -n 1)
  if [ -n "$driver" ]; then
    export VK_DRIVER_FILES="$driver"
  fi
fi
exec "$kit/node" "$kit/tools/gpu-kit/kit/run.mjs" "$@"
