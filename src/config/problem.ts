// Owns every problem that reading or planning can report: its code, its severity and what to do about it.

type Severity = 'error' | 'warning'

/** Where in a file something stands; line and column count from 1. */
export interface Position {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** One finding, as `plan --json` prints it. */
export interface Problem {
  readonly severity: Severity
  readonly code: ProblemCode
  readonly message: string
  readonly file: string
  readonly line: number
  readonly column: number
  /** What to do, one sentence. */
  readonly help: string
}

interface Rule {
  readonly severity: Severity
  /** One sentence that says when it is reported; docs/problems.md prints it. */
  readonly when: string
  readonly help: string
  /** It is a matter of near regions: AWS itself has, or does, what is missing. */
  readonly isNearOnly?: true
}

/**
 * The one table of problems. An error stops `up` before anything is made; a warning does not. A rule's help serves
 * where the finding has none of its own.
 */
export const problemRules = {
  'yaml-syntax': {
    severity: 'error',
    when: 'A file is not valid YAML or JSON.',
    help: 'Correct the syntax at the position given.',
  },
  'file-missing': {
    severity: 'error',
    when: 'A path given on the command line does not exist, or holds no manifest.',
    help: 'Give a file or a directory that holds .yaml, .yml or .json files.',
  },
  'not-rendered': {
    severity: 'error',
    when: 'A kustomization or a Helm chart could not be rendered: kubectl or helm is missing, or it failed.',
    help: 'Install the tool, or give the manifests that it makes.',
  },
  'no-cluster-config': {
    severity: 'error',
    when: 'The files hold no eksctl ClusterConfig.',
    help: 'Add a file with apiVersion eksctl.io/v1alpha5 and kind ClusterConfig.',
  },
  'several-cluster-configs': {
    severity: 'error',
    when: 'The files hold more than one ClusterConfig.',
    help: 'Give the files of one cluster at a time.',
  },
  'unknown-field': {
    severity: 'error',
    when: 'A ClusterConfig or a manifest has a field that its kind does not have.',
    help: 'Correct the name of the field or remove it.',
  },
  'wrong-type': {
    severity: 'error',
    when: 'A value is not of the type that its field takes.',
    help: 'Write a value of the type named.',
  },
  'missing-field': {
    severity: 'error',
    when: 'A field that must be there is not.',
    help: 'Add the field.',
  },
  'invalid-value': {
    severity: 'error',
    when: 'A value has the right type but is none that can be used.',
    help: 'Correct the value, or leave it out: the message says what is wrong with it.',
  },
  'not-supported': {
    severity: 'error',
    when: 'A field that eksctl knows, or a kind of file, would change the result, and is not supported yet.',
    help: 'Remove it, or build this cluster with eksctl.',
  },
  'field-ignored': {
    severity: 'warning',
    when: 'A field that eksctl knows is not supported yet and is left out of account.',
    help: 'The cluster is built without it.',
  },
  'not-an-object': {
    severity: 'error',
    when: 'A document is no Kubernetes object: apiVersion, kind or metadata.name is missing.',
    help: 'Give the object an apiVersion, a kind and a metadata.name.',
  },
  'files-skipped': {
    severity: 'warning',
    when: 'Files that were found in a directory, not named, hold no Kubernetes objects: they were left out.',
    help: 'Nothing to do; name such files or directories in .neargateignore, with the patterns of .gitignore, to hear no more.',
  },
  'object-invalid': {
    severity: 'error',
    when: 'The Kubernetes API would refuse the object: its name, a label, or another value breaks a rule of its kind.',
    help: 'Correct the value as the message says.',
  },
  'duplicate-object': {
    severity: 'error',
    when: 'Two manifests describe the same object.',
    help: 'Remove one of the two.',
  },
  'kind-unknown': {
    severity: 'error',
    when: 'Kubernetes has no such kind in the apiVersion given.',
    help: 'Correct kind or apiVersion.',
  },
  'kind-not-served': {
    severity: 'error',
    when: 'The near cluster does not serve the kind, so that applying the object would fail.',
    help: 'Keep the object out of the files for the near cluster; docs/coverage.md lists the kinds it serves.',
    isNearOnly: true,
  },
  'kind-not-defined': {
    severity: 'warning',
    when: 'The CustomResourceDefinition of an object is not in the files: applying fails unless the cluster has it by then.',
    help: 'Put the CustomResourceDefinition into the files, or install its operator into the cluster first.',
  },
  'addon-not-emulated': {
    severity: 'error',
    when: 'The config asks for an EKS add-on that the near region does not have.',
    help: 'Leave the add-on out for the near cluster; docs/coverage.md lists those that are emulated.',
    isNearOnly: true,
  },
  'network-policy-off': {
    severity: 'warning',
    when: 'The files hold NetworkPolicies, and nothing in the cluster enforces them: on EKS the VPC CNI does, where it is told to.',
    help: 'Give the add-on vpc-cni the configurationValues {"enableNetworkPolicy": "true"}.',
  },
  'network-policy-on-fargate': {
    severity: 'warning',
    when: 'A NetworkPolicy selects pods that run on Fargate, where none is enforced.',
    help: 'Run them on EC2 nodes, or limit their traffic by security groups.',
  },
  'fargate-logging-invalid': {
    severity: 'error',
    when: 'The ConfigMap aws-observability/aws-logging is none that Fargate takes for its log router.',
    help: 'Correct it; the EKS User Guide, "Start AWS Fargate logging for your cluster", has the rules.',
  },
  'fargate-logging-not-near': {
    severity: 'warning',
    when: 'The log router of Fargate would do something that is not emulated: lines of pods are not collected near.',
    help: 'Nothing to do for AWS; near, use the output cloudwatch_logs in the region of the cluster.',
    isNearOnly: true,
  },
  'fargate-logging-unlabelled': {
    severity: 'warning',
    when: 'The namespace aws-observability lacks the label that Fargate looks for: no lines are collected.',
    help: 'Give the namespace the label aws-observability: enabled.',
  },
  'fargate-logging-without-rights': {
    severity: 'warning',
    when: 'Lines of pods on Fargate are to be collected, and the pod execution role is one that is made with the cluster: it has no rights to write logs.',
    help: 'Name a role of your own in iam.fargatePodExecutionRoleARN, or attach a policy that allows logs:CreateLogGroup, logs:CreateLogStream, logs:DescribeLogStreams and logs:PutLogEvents to the one that is made.',
  },
  'pod-security-groups-off': {
    severity: 'warning',
    when: 'A SecurityGroupPolicy selects pods on EC2 nodes, and the VPC CNI is not told to offer them interfaces of their own.',
    help: 'Give the add-on vpc-cni the configurationValues {"env": {"ENABLE_POD_ENI": "true"}}.',
  },
  'pod-security-groups-no-node': {
    severity: 'warning',
    when: 'A SecurityGroupPolicy selects pods on EC2 nodes, and no node group has a type with branch interfaces.',
    help: 'Take a type that has them, such as m5.large; types of the t family have none.',
  },
  'stand-ins-send-nothing': {
    severity: 'warning',
    when: 'The files hold rules for the traffic between pods, and on this machine pods are stand-ins, which send none.',
    help: 'Run Docker or Podman on Linux, rootless, or both it and Neargate as root (neargate doctor says what is missing).',
    isNearOnly: true,
  },
  'engine-lacks': {
    severity: 'warning',
    when: 'Pods are planned, and the container engine of this machine cannot do for them what another one could, or is of no use.',
    help: 'See what `neargate doctor` says; with --runtime standin nothing is expected of an engine.',
    isNearOnly: true,
  },
  'addon-stand-in': {
    severity: 'warning',
    when: 'An EKS add-on of the config is installed near without doing all of its work.',
    help: 'Nothing to do if the workloads do not depend on it; docs/coverage.md lists what each add-on lacks.',
    isNearOnly: true,
  },
  'not-in-files': {
    severity: 'warning',
    when: 'Pods refer to a ConfigMap, Secret, ServiceAccount or claim, or objects are in a namespace, that is not in the files; without it the pods do not start, and the objects are refused.',
    help: 'Add the object to the files, or make sure that something else creates it.',
  },
  'claim-pending': {
    severity: 'warning',
    when: 'A claim gets no volume: it has no storage class where no class is the default, its class is nowhere, or nothing installs the driver of its class. Its pods stay Pending.',
    help: 'Name a storage class that is there, and add its driver to the addons of the config.',
  },
  'image-name-invalid': {
    severity: 'error',
    when: 'The image of a container is no image reference; a placeholder was left in it, perhaps. The container waits with InvalidImageName.',
    help: 'Correct the name of the image; put a value in place of a placeholder first.',
  },
  'pod-security': {
    severity: 'error',
    when: 'The Namespace is labeled with a Pod Security level that forbids what the pods ask for: the API refuses them.',
    help: 'Change the security context of the pods as the message says, or the pod-security.kubernetes.io/enforce label.',
  },
  'region-not-emulated': {
    severity: 'error',
    when: 'The near region cannot have the name: AWS has none of it, or its partition is not emulated.',
    help: 'Use a commercial region, for example eu-west-1.',
    isNearOnly: true,
  },
  'region-unknown': {
    severity: 'error',
    when: 'With --target aws: the name is not of the form that AWS gives its regions.',
    help: 'Correct metadata.region, for example eu-west-1.',
  },
  'region-without-fargate': {
    severity: 'error',
    when: 'With --target aws: the config has Fargate profiles, and EKS has no Fargate in the partition of the region.',
    help: 'Replace fargateProfiles by managedNodeGroups, or use a region of another partition.',
  },
  'version-retired': {
    severity: 'warning',
    when: 'EKS has retired the Kubernetes version: new clusters cannot be created with it on AWS.',
    help: 'Use a version in standard support; see data/kubernetes-versions.json.',
  },
  'version-extended': {
    severity: 'warning',
    when: 'The Kubernetes version is in extended support, which costs 0.60 USD an hour instead of 0.10.',
    help: 'Use a version in standard support; see data/kubernetes-versions.json.',
  },
  'version-unknown': {
    severity: 'error',
    when: 'EKS is not known to have released the Kubernetes version.',
    help: 'Use a version that EKS has, such as "1.34".',
  },
  'fargate-target-instance': {
    severity: 'error',
    when: 'A load balancer Service with target type instance, or none, selects pods that run on Fargate.',
    help: 'Set the annotation service.beta.kubernetes.io/aws-load-balancer-nlb-target-type: ip on the Service.',
  },
  'fargate-unsupported': {
    severity: 'error',
    when: 'Pods placed on Fargate use a feature that Fargate refuses.',
    help: 'Remove the feature, or keep the pods on EC2 with the annotation eks.amazonaws.com/compute-type: ec2.',
  },
  'fargate-no-size': {
    severity: 'error',
    when: 'The requests of a pod placed on Fargate exceed the largest Fargate size.',
    help: 'Request at most 16 vCPU, 119.75 GiB of memory and 175 GiB of ephemeral storage, or run the pods on EC2.',
  },
  'fargate-rounds-up': {
    severity: 'warning',
    when: 'Fargate gives, and bills, more than twice the CPU or memory that a pod requests.',
    help: 'Adjust the requests to the size you pay for, or run the pods on EC2.',
  },
  'profile-invalid': {
    severity: 'error',
    when: 'EKS would refuse a Fargate profile: reserved name, no selector, too many selectors, labels or profiles; or no pod could run on it, as its name is no label value.',
    help: 'Change the profile as the message says.',
  },
  'profile-public-subnet': {
    severity: 'error',
    when: 'A Fargate profile names a subnet that the ClusterConfig lists as public.',
    help: 'Name private subnets only, or leave subnets out to use those of the cluster.',
  },
  'selector-matches-nothing': {
    severity: 'warning',
    when: 'A selector of a Fargate profile matches no workload in the files.',
    help: 'Correct the namespace or the labels of the selector, or remove it.',
  },
  'namespace-like-selector': {
    severity: 'warning',
    when: 'A workload stays on EC2 although its namespace is named almost like the selector of a Fargate profile.',
    help: 'If the workload is meant for Fargate, make the two names the same.',
  },
  'profile-label-mismatch': {
    severity: 'warning',
    when: 'A pod names a Fargate profile by label, but no selector of that profile matches it, so it stays on EC2.',
    help: 'Remove the label eks.amazonaws.com/fargate-profile, or add a selector to the profile.',
  },
  'fargate-limit': {
    severity: 'warning',
    when: 'A container on Fargate has a CPU limit above the size of its pod.',
    help: 'Lower the limit to the size, or raise the request; on AWS such containers have failed to start (StartError).',
  },
  'fargate-no-effect': {
    severity: 'warning',
    when: 'Pods on Fargate ask for something that is accepted there and has no effect.',
    help: 'Remove it, or keep the pods on EC2 with the annotation eks.amazonaws.com/compute-type: ec2.',
  },
  'fargate-job-bills-on': {
    severity: 'warning',
    when: 'A Job on Fargate has no ttlSecondsAfterFinished: its finished pods are billed until somebody deletes them.',
    help: 'Set spec.ttlSecondsAfterFinished.',
  },
  'quantity-tiny': {
    severity: 'warning',
    when: 'A memory request or limit is less than a mebibyte, which is probably a slip of the unit.',
    help: 'Write Mi or Gi: in Kubernetes m means a thousandth.',
  },
  'daemonset-on-fargate': {
    severity: 'warning',
    when: 'A DaemonSet is in a namespace that Fargate takes: it runs on EC2 nodes only, never beside those pods.',
    help: 'Put what the DaemonSet does into a sidecar container of the pods.',
  },
  'auto-mode-off': {
    severity: 'warning',
    when: 'A Service, an IngressClass or a StorageClass asks EKS Auto Mode for something, and the config has not turned it on.',
    help: 'Set autoModeConfig.enabled: true, or give it the class of a controller that is in the cluster.',
  },
  'hybrid-nodes': {
    severity: 'warning',
    when: 'The config has networks of hybrid nodes: near, what AWS holds for them is made, and no machine can join.',
    help: 'Nothing to do for AWS; near, run the workloads of hybrid nodes in a node group.',
    isNearOnly: true,
  },
  'field-not-near': {
    severity: 'error',
    when: 'A field of the ClusterConfig does something on AWS that no near region does.',
    help: 'Leave it out for the near cluster.',
    isNearOnly: true,
  },
  'karpenter-nodes': {
    severity: 'warning',
    when: 'The config installs Karpenter: which nodes it makes, and what they cost, is no part of a plan; near it makes some only where an engine runs its image.',
    help: 'Count them in by hand, or use autoModeConfig, whose nodes are planned and priced.',
  },
  'no-load-balancer-controller': {
    severity: 'error',
    when: 'A Service of type LoadBalancer or an Ingress of class alb needs the AWS Load Balancer Controller, and the config gives it no role.',
    help:
      'Set iam.withOIDC: true and add to iam.serviceAccounts kube-system/aws-load-balancer-controller with ' +
      'wellKnownPolicies.awsLoadBalancerController: true.',
  },
  'service-without-pods': {
    severity: 'warning',
    when: 'A Service with a load balancer selects no pods that the files make: the load balancer has no healthy target, and `up` waits for one in vain.',
    help: 'Give the selector the labels of the pods, or add the workload to the files.',
  },
  'classic-load-balancer': {
    severity: 'warning',
    when: 'A Service of type LoadBalancer gets a Classic Load Balancer, since the config gives the AWS Load Balancer Controller no role.',
    help:
      'For a Network Load Balancer set iam.withOIDC: true and add to iam.serviceAccounts kube-system/aws-load-balancer-controller ' +
      'with wellKnownPolicies.awsLoadBalancerController: true.',
  },
  'load-balancer-invalid': {
    severity: 'error',
    when: 'The AWS Load Balancer Controller or ELBv2 would refuse what a Service, an Ingress or a Gateway asks of its load balancer.',
    help: 'Correct the annotation or the field; the text is that of the event that it would get.',
  },
  'load-balancer-not-emulated': {
    severity: 'error',
    when: 'A Service, an Ingress or a Gateway asks for something of a load balancer that AWS does and Neargate does not.',
    help: 'Remove it for the near region; docs/coverage.md lists what is emulated.',
    isNearOnly: true,
  },
  'annotation-ignored': {
    severity: 'warning',
    when: 'A Service has an annotation of load balancers that the AWS Load Balancer Controller does not read.',
    help: 'Remove the annotation, or correct its name.',
  },
  'udp-checked-by-tcp': {
    severity: 'warning',
    when: 'The targets of a UDP port are checked by TCP at the same port, and the Service has no port of TCP there: unless they listen on TCP as well, they stay unhealthy, near and on AWS.',
    help: 'Set service.beta.kubernetes.io/aws-load-balancer-healthcheck-port to a port at which the pods answer TCP.',
  },
  'instance-type-unknown': {
    severity: 'error',
    when: 'A node group asks for an instance type that data/instance-types.json does not have.',
    help: 'Use a type that EC2 still offers; docs/coverage.md says where the table comes from.',
  },
  'quota-exceeded': {
    severity: 'warning',
    when: 'With --target aws: the file takes more of something than AWS gives a new account.',
    help: 'See what the account has with plan --live, and ask for more in Service Quotas.',
  },
  'image-pull-denied': {
    severity: 'warning',
    when: 'The policies of a managed node group take the place of the usual ones, and none lets its nodes pull images from ECR.',
    help: 'Add arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly to iam.attachPolicyARNs.',
  },
  'image-not-known': {
    severity: 'warning',
    when: 'A node group names an image (`ami`) that Amazon does not publish: near, its nodes start as if there were one; EC2 refuses an id of nothing.',
    help: 'Look it up in the account: aws ec2 describe-images --image-ids ID.',
    isNearOnly: true,
  },
  'reservation-not-near': {
    severity: 'warning',
    when: 'A node group asks for reserved capacity: near, its nodes are launched without.',
    help: 'Nothing to do: with --target aws the reservation is used.',
    isNearOnly: true,
  },
  'windows-not-near': {
    severity: 'warning',
    when: 'A node group runs Windows: near, its nodes are there and take the pods that ask for Windows, and no machine runs these.',
    help: 'Nothing to do: stand-ins take their place, where no container engine is used; an engine of Linux cannot pull the images.',
    isNearOnly: true,
  },
  'devices-not-near': {
    severity: 'warning',
    when: 'A node group has GPUs, Neuron chips or EFA adapters, which this machine has not: the plugin that up installs for them finds none near.',
    help: 'Nothing to do: with --target aws its nodes offer them. Near, nodes of Bottlerocket and of Auto Mode offer their GPUs.',
    isNearOnly: true,
  },
  'creator-locked-out': {
    severity: 'warning',
    when: 'The config sets accessConfig.bootstrapClusterCreatorAdminPermissions: false, and whoever makes the cluster has no rights in it.',
    help: 'Leave it out, or run up as a principal of accessConfig.accessEntries that has AmazonEKSClusterAdminPolicy.',
  },
  'linux-on-windows': {
    severity: 'warning',
    when: 'A workload of Linux may be placed on Windows nodes, near and on AWS, since nothing keeps it off: its containers would not start there.',
    help: 'Give its pods the nodeSelector kubernetes.io/os: linux, or the Windows node group a taint.',
  },
  'pod-exceeds-nodes': {
    severity: 'error',
    when: 'A pod that stays on EC2 requests more than any node of the node groups has.',
    help: 'Lower the requests, or use a larger instance type.',
  },
  'nodes-too-full': {
    severity: 'warning',
    when: 'All pods that stay on EC2 together request more than the node groups have at their largest.',
    help: 'Raise maxSize, use larger instances, or move workloads to Fargate.',
  },
  'storage-not-emulated': {
    severity: 'error',
    when: 'A claim asks for a file system of EFS, or for a volume made from a snapshot or from another volume; or a snapshot is to be taken.',
    help: 'Use an empty volume of EBS for the near region, or a volume made by hand.',
    isNearOnly: true,
  },
  'volumes-exceed-node': {
    severity: 'error',
    when: 'A pod that stays on EC2 has more volumes of EBS than any instance type of the node groups attaches.',
    help: 'Use an instance type that attaches more, or fewer volumes.',
  },
  'volumes-exceed-nodes': {
    severity: 'warning',
    when: 'All pods that stay on EC2 together have more volumes of EBS than the node groups attach at their largest.',
    help: 'Raise maxSize, or use instance types that attach more.',
  },
  'no-nodes': {
    severity: 'error',
    when: 'A workload stays on EC2, and the config has no node group for it.',
    help: 'Add a managed node group, or a Fargate profile that selects the workload.',
  },
  'price-unknown': {
    severity: 'warning',
    when: 'No published price is at hand for something in this region; the total leaves it out.',
    help: 'See the AWS price list for the missing figure.',
  },
} as const satisfies Record<string, Rule>

export type ProblemCode = keyof typeof problemRules

/**
 * A problem of this code. @param help what to do in this very case, instead of what the table says
 */
export function problem(code: ProblemCode, message: string, at: Position, help?: string): Problem {
  const rule: Rule = problemRules[code]
  const { file, line, column } = at
  return { severity: rule.severity, code, message, file, line, column, help: help ?? rule.help }
}

/** True when a problem of this code is none on AWS itself. */
export function isNearOnly(code: ProblemCode): boolean {
  const rule: Rule = problemRules[code]
  return rule.isNearOnly === true
}

/** True when one of them stops `up`. */
export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some((each) => each.severity === 'error')
}

/** Problems in the order of the files, errors and warnings mixed, each finding once. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  const seen = new Map(
    problems.map((each) => [JSON.stringify([each.code, each.message, each.file, each.line]), each]),
  )
  return [...seen.values()].toSorted(
    (a, b) => compare(a.file, b.file) || a.line - b.line || a.column - b.column || compare(a.code, b.code),
  )
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
