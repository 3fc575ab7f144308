// Owns the examples under each command's help: what people type most, with what it is for.
import { wrapLines } from '../terminal/wrap.ts'

/** By the name of the command: lines to type, each with what it does. */
export const EXAMPLES: Readonly<Record<string, readonly (readonly [line: string, does: string])[]>> = {
  up: [
    ['neargate up examples/eks-workshop', 'the cluster of a directory with its applications'],
    ['neargate up cluster.yaml k8s/ charts/shop', 'a ClusterConfig, manifests, and a chart'],
    ['kubectl kustomize overlays/dev | neargate up cluster.yaml -', 'manifests from another program'],
    ['neargate up . --ephemeral -- npm test', 'a cluster for one command: its exit code, and nothing left'],
    ['neargate up . --json > up.json', 'for scripts: URLs, pods and nodes as data'],
    ['neargate up . --target aws --profile work', 'the same on AWS, once its price is confirmed'],
  ],
  plan: [
    ['neargate plan examples/eks-workshop', 'placement, sizes, price and problems'],
    ['neargate plan . --format markdown --compare ../main', 'what a pull request changes, as its comment'],
    [
      'neargate plan . --move shop=fargate --move jobs=ec2',
      'what it would cost with these namespaces elsewhere',
    ],
    ['neargate plan . --advise', 'smaller sizes, and from which use on reservations, Spot and Fargate pay'],
    ['neargate plan . --prices contract.json', 'with prices of your own: { "multiply": { "ec2": 0.7 } }'],
    ['neargate plan . --target aws --live --profile work', 'and what `up` would change of what is there'],
    ['neargate plan . --format sarif > plan.sarif', 'for code scanning; also junit and github'],
  ],
  down: [
    ['neargate down examples/eks-workshop', 'take away what `up` made of these files'],
    ['neargate down . --target aws --profile work', 'the same on AWS, once the list is confirmed'],
  ],
  export: [
    ['neargate export examples/eks-workshop -o out', 'templates, manifests and the calls, to read or to run'],
  ],
  import: [
    [
      'neargate import shop -o shop --target aws --region eu-west-1',
      'a cluster on AWS as files, with its price',
    ],
    ['neargate import shop -o shop && neargate up shop', 'and the same near, to try a change'],
  ],
  network: [
    [
      'neargate network cluster.yaml && eksctl create cluster -f cluster.yaml',
      'for files that name subnets by id',
    ],
  ],
  start: [
    ['neargate start --region eu-west-1', 'an empty region, or the one that is kept, with this region in it'],
    [
      'neargate start --ephemeral --data "$(mktemp -d)" --port 4600',
      'one that keeps nothing, beside another',
    ],
  ],
  mcp: [
    [
      'claude mcp add neargate -- neargate mcp',
      'one assistant of many: each has such a setting for a command',
    ],
  ],
  doctor: [['neargate doctor', 'why pods are stand-ins here, and what real containers would take']],
  dns: [['neargate dns', 'the lines for systemd-resolved, dnsmasq and macOS']],
  stop: [['neargate stop', 'end it; the next start brings everything back']],
  status: [['neargate status --json', 'clusters, load balancers and their URLs as data']],
  prices: [
    ['neargate prices refresh --region eu-west-3 ap-east-1', "today's list prices of two regions, from AWS"],
  ],
  explain: [
    [
      'neargate explain web',
      'why the pods of the deployment are where they are, and whether its Service is reached',
    ],
    ['neargate explain pod/web-5d4 -n shop', 'why it is Pending, or not ready'],
    ['neargate explain fargate-rounds-up', 'what the code of a problem means'],
  ],
  logs: [['neargate logs -f --level warn', 'what goes wrong in the region, as it happens']],
  completion: [
    ['source <(neargate completion bash)', 'in ~/.bashrc'],
    ['neargate completion zsh > "${fpath[1]}/_neargate"', 'once'],
    ['neargate completion fish > ~/.config/fish/completions/neargate.fish', 'once'],
  ],
  env: [
    ['eval "$(neargate env)"', 'point aws, eksctl, kubectl, helm and SDKs here'],
    ['eval "$(neargate env --unset)"', 'undo it'],
  ],
  kubeconfig: [['neargate kubeconfig eksworkshop > kubeconfig', 'for tools that take a file']],
  token: [
    ['neargate token --cluster eksworkshop', 'what kubectl is given'],
    [
      'neargate token --target aws --cluster eksworkshop --region ap-southeast-1',
      'the same on AWS, as aws eks get-token',
    ],
  ],
}

/**
 * The examples of a command as the end of its help; empty when it has none. Command lines stay whole, so that they can be copied.
 * @param columns of the terminal
 */
export function examplesHelp(command: string, columns: number): string {
  const examples = EXAMPLES[command] ?? []
  if (examples.length === 0) return ''
  const told = examples.flatMap(([line, does]) => [`  ${line}`, wrapLines(`      ${does}`, columns)])
  return ['', 'Examples:', ...told].join('\n')
}
