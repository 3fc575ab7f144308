#!/usr/bin/env bash
# Runs the walkthrough of an EKS cluster with Fargate, line for line, with the unmodified clients against a near region:
# eksctl, aws, kubectl, helm and curl have to be on the PATH. It takes some 20 minutes: eksctl sleeps for most of them.
#
#   test/clients/walkthrough.sh [--chart PATH] [--policy FILE]
#
# --chart   the chart of the AWS Load Balancer Controller: a directory or an archive. Default: the published one
# --policy  its iam_policy.json. Default: the published one
set -uo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
chart='' policy=''
while [ $# -gt 0 ]; do
  case $1 in
    --chart) chart=$2 && shift 2 ;;
    --policy) policy=$2 && shift 2 ;;
    *) echo "walkthrough: unknown option $1" >&2 && exit 2 ;;
  esac
done

missing=''
for program in eksctl aws kubectl helm curl; do
  command -v "$program" >/dev/null || missing="$missing $program"
done
if [ -n "$missing" ]; then
  echo "walkthrough: not on the PATH:$missing. Nothing was tested." >&2
  exit 2
fi

eksctl=$(command -v eksctl)
work=$(mktemp -d)
export NEARGATE_HOME="$work/near" NEARGATE_PORT="${NEARGATE_PORT:-0}" HOME="$work/home" NO_COLOR=1
mkdir -p "$HOME"
unset AWS_PROFILE KUBECONFIG
neargate() { node "$root/bin/neargate.js" "$@"; }
finish() {
  neargate stop >/dev/null 2>&1
  rm -rf "$work"
}
trap finish EXIT

failures=0
# step NAME COMMAND...: runs it, and shows what it said when it fails.
step() {
  local name=$1 started=$SECONDS
  shift
  if "$@" >"$work/output" 2>&1; then
    printf '✔ %-58s %4d s\n' "$name" $((SECONDS - started))
  else
    printf '✖ %-58s %4d s\n' "$name" $((SECONDS - started))
    sed 's/^/    /' "$work/output" | tail -20
    failures=$((failures + 1))
  fi
}
# says TEXT COMMAND...: the command's output holds the text within half a minute.
says() {
  local text=$1 deadline=$((SECONDS + 30))
  shift
  until "$@" 2>&1 | tee "$work/said" | grep -qF -- "$text"; do
    if [ $SECONDS -ge $deadline ]; then
      echo "not in what it said: $text" && cat "$work/said"
      return 1
    fi
    sleep 1
  done
}
# empty COMMAND...: it succeeds and prints nothing.
empty() {
  local output
  output=$("$@") || return 1
  [ -z "$output" ] || { echo "$output" && return 1; }
}

cluster=eksworkshop region=ap-southeast-1
given="$root/test/fixtures/walkthrough/eks-private-subnet.yaml"
newest() { sed "s/version: '1.28'/version: '$1'/" "$given"; }
nginx() { sed "s/nginx-ec2nodegroup/$1/g" "$root/test/fixtures/walkthrough/nginx-ec2nodegroup.yaml"; }
# eksctl's own time-out is 25 minutes.
eksctl() { timeout 600 "$eksctl" "$@"; }
on_cluster() { local verb=$1 && shift && eksctl $verb --cluster "$cluster" --region "$region" "$@"; }

reaches() {
  local host
  host=$(kubectl get services "service-$1" --namespace "$1" -o 'jsonpath={.status.loadBalancer.ingress[0].hostname}')
  says "pod: $1/" curl -sS --max-time 5 "http://$host${edge}/"
}

load_balancer_controller() {
  step 'eksctl utils associate-iam-oidc-provider' \
    eksctl utils associate-iam-oidc-provider --region "$region" --cluster "$cluster" --approve
  step 'aws iam create-policy' \
    aws iam create-policy --policy-name AWSLoadBalancerControllerIAMPolicy --policy-document "file://$work/iam_policy.json"
  step 'eksctl create iamserviceaccount' \
    eksctl create iamserviceaccount --cluster="$cluster" --namespace=kube-system --name=aws-load-balancer-controller \
    --role-name AmazonEKSLoadBalancerControllerRole \
    --attach-policy-arn="arn:aws:iam::$account:policy/AWSLoadBalancerControllerIAMPolicy" --approve
  step 'helm install aws-load-balancer-controller' \
    helm install aws-load-balancer-controller "$chart" -n kube-system --set clusterName="$cluster" \
    --set serviceAccount.create=false --set serviceAccount.name=aws-load-balancer-controller
  step 'kubectl get deployment aws-load-balancer-controller: 2/2' \
    says 2/2 kubectl get deployment -n kube-system aws-load-balancer-controller
}

fargate() {
  step 'eksctl create fargateprofile' on_cluster 'create fargateprofile' --name nginx-fargate --namespace nginx-fargate
  step 'kubectl apply nginx on Fargate' kubectl apply -f <(nginx nginx-fargate)
  step 'kubectl get pods: on fargate-ip-…' says fargate-ip- kubectl -n nginx-fargate get pods -o wide
  step 'kubectl rollout status' kubectl -n nginx-fargate rollout status deployment/nginx-fargate --timeout=120s
  step 'curl nginx on Fargate' reaches nginx-fargate
  step 'eksctl get fargateprofile' says nginx-fargate on_cluster 'get fargateprofile'
  step 'kubectl delete nginx on Fargate' kubectl delete namespace nginx-fargate
  step 'eksctl delete fargateprofile' on_cluster 'delete fargateprofile' --name nginx-fargate --wait
}

nodegroups() {
  step 'eksctl scale nodegroup' on_cluster 'scale nodegroup' --name managed-ng --nodes 3 --nodes-max 3 --wait
  step 'eksctl create nodegroup' on_cluster 'create nodegroup' --name second --nodes 1 --node-private-networking
  step 'eksctl upgrade cluster' eksctl upgrade cluster --name "$cluster" --region "$region" --approve
  step 'kubectl version: one minor later' says 'Server Version: v1.29' kubectl version
  step 'eksctl upgrade nodegroup' \
    on_cluster 'upgrade nodegroup' --name second --kubernetes-version 1.29
  step 'kubectl get nodes: one minor later' \
    says v1.29 kubectl get nodes -l alpha.eksctl.io/nodegroup-name=second
  step 'eksctl delete nodegroup' on_cluster 'delete nodegroup' --name second --wait
}

rest() {
  step 'eksctl create addon eks-pod-identity-agent' on_cluster 'create addon' --name eks-pod-identity-agent
  step 'eksctl create podidentityassociation' on_cluster 'create podidentityassociation' --namespace default \
    --service-account-name reader --permission-policy-arns arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess
  step 'eksctl create iamidentitymapping' on_cluster 'create iamidentitymapping' \
    --arn "arn:aws:iam::$account:role/AmazonEKSLoadBalancerControllerRole" --group viewers --username viewer
  step 'aws iam create-role' aws iam create-role --role-name developers --assume-role-policy-document \
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"$account\"},\"Action\":\"sts:AssumeRole\"}]}"
  step 'eksctl create accessentry' on_cluster 'create accessentry' \
    --principal-arn "arn:aws:iam::$account:role/developers" --kubernetes-groups viewers
  step 'eksctl utils update-cluster-logging' on_cluster 'utils update-cluster-logging' --disable-types audit --approve
}

nothing_left() {
  step 'eksctl delete cluster' eksctl delete cluster --name "$cluster" --region "$region" --wait
  step 'aws iam delete-policy' \
    aws iam delete-policy --policy-arn "arn:aws:iam::$account:policy/AWSLoadBalancerControllerIAMPolicy"
  step 'no stack is left' empty aws cloudformation list-stacks --output text \
    --query 'StackSummaries[?StackStatus!=`DELETE_COMPLETE`].[StackName,StackStatus]'
  step 'no OIDC provider is left' empty aws iam list-open-id-connect-providers --output text \
    --query 'OpenIDConnectProviderList[].Arn'
  step 'no load balancer is left' empty aws elbv2 describe-load-balancers --output text \
    --query 'LoadBalancers[].LoadBalancerName'
  step 'no instance is left' empty aws ec2 describe-instances --output text \
    --query 'Reservations[].Instances[?State.Name!=`terminated`][].InstanceId'
  step 'no security group is left' empty aws ec2 describe-security-groups --output text \
    --query 'SecurityGroups[?GroupName!=`default`].GroupName'
}

# walk FILE NAME: one cluster from its creation to its end; "all" does everything, "short" what differs by version.
walk() {
  local file=$1 extent=$2
  step 'neargate network' neargate network "$file"
  step 'eksctl create cluster' eksctl create cluster -f "$file"
  step 'kubectl get nodes: two are Ready' says ' Ready ' kubectl get nodes
  load_balancer_controller
  step 'kubectl apply nginx' kubectl apply -f <(nginx nginx-ec2nodegroup)
  step 'kubectl get services: an address of an NLB' \
    says elb.ap-southeast-1 kubectl get services service-nginx-ec2nodegroup --namespace nginx-ec2nodegroup
  step 'curl nginx' reaches nginx-ec2nodegroup
  fargate
  if [ "$extent" = all ]; then nodegroups && rest; fi
  nothing_left
  step 'aws iam delete-role' sh -c '[ "$1" = short ] || aws iam delete-role --role-name developers' sh "$extent"
}

neargate network "$given" || exit 1
variables=$(neargate env) || exit 1
eval "$variables"
# Load balancers listen on their own port where the system allows it, and always on the port 14 above a given one.
edge=''
account=$(aws sts get-caller-identity --query Account --output text)
if [ -z "$policy" ]; then
  policy="$work/published.json"
  curl -fsSL -o "$policy" \
    https://raw.githubusercontent.com/kubernetes-sigs/aws-load-balancer-controller/main/docs/install/iam_policy.json || exit 1
fi
cp "$policy" "$work/iam_policy.json"
if [ -z "$chart" ]; then
  step 'helm repo add' helm repo add eks https://aws.github.io/eks-charts
  step 'helm repo update' helm repo update eks
  chart=eks/aws-load-balancer-controller
fi

echo 'the file as it stands:'
walk "$given" all
current=$(aws eks describe-cluster-versions --default-only --query 'clusterVersions[0].clusterVersion' --output text)
echo "the same with version $current:"
newest "$current" >"$work/current.yaml"
walk "$work/current.yaml" short

if [ "$failures" -gt 0 ]; then
  echo "walkthrough: $failures steps failed" >&2
  exit 1
fi
