#!/usr/bin/env bash
# Runs the real AWS Load Balancer Controller, unmodified, against a near region: its chart installed by helm with its
# definitions, webhooks and certificate, its binary beside the region, its webhooks called. It is given all cases of
# test/load-balancers, and what it makes of them is written to recorded.txt and recorded-gateways.txt there. It takes a quarter of an
# hour, and ten minutes more to build the binary.
#
#   test/clients/lbc.sh [--source DIRECTORY] [--binary FILE] [--chart DIRECTORY]
#
# --source  a checkout of kubernetes-sigs/aws-load-balancer-controller. Default: the module from the Go proxy
# --binary  the controller, built. Default: built from the source
# --chart   its chart. Default: the one in the source
set -uo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
module=sigs.k8s.io/aws-load-balancer-controller/v3@v3.5.0
source='' binary='' chart=''
while [ $# -gt 0 ]; do
  case $1 in
    --source) source=$2 && shift 2 ;;
    --binary) binary=$2 && shift 2 ;;
    --chart) chart=$2 && shift 2 ;;
    *) echo "lbc: unknown option $1" >&2 && exit 2 ;;
  esac
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ -z "$binary" ] || [ -z "$chart" ]; then
  if [ -z "$source" ]; then
    command -v go >/dev/null || {
      echo 'lbc: no Go compiler on the PATH, and no --source, --binary and --chart given. Nothing was tested.' >&2
      exit 2
    }
    source=$(go mod download -json "$module" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
    [ -d "$source" ] || { echo "lbc: the Go proxy does not give $module. Nothing was tested." >&2 && exit 2; }
  fi
  chart=${chart:-$source/helm/aws-load-balancer-controller}
fi
if [ -z "$binary" ]; then
  command -v go >/dev/null || { echo 'lbc: no Go compiler on the PATH, and no --binary. Nothing was tested.' >&2 && exit 2; }
  binary=$work/controller
  (cd "$source" && go build -mod=mod -o "$binary" .) || { echo 'lbc: the controller cannot be built. Nothing was tested.' >&2 && exit 2; }
fi

log=${TMPDIR:-/tmp}/neargate-lbc.log
node "$root/test/load-balancers/record.ts" "$binary" "$chart" "$log" || {
  echo "lbc: failed; what the controller said is in $log" >&2
  exit 1
}
git -C "$root" diff --stat -- "test/load-balancers/recorded*.txt"
