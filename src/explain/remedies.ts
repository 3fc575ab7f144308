// Owns what to do about what Kubernetes, Fargate and Elastic Load Balancing say: one row a message or reason. The words on the
// left are theirs, as the scheduler's filters, the kubelet and ELBv2's DescribeTargetHealth publish them.

type Row = readonly [pattern: RegExp, help: string]

/** Messages of a pod that is not placed; the first row that fits serves. */
const SCHEDULING: readonly Row[] = [
  [
    /Pod not supported on Fargate/,
    'Remove what Fargate refuses, or keep the pod on EC2 with the annotation eks.amazonaws.com/compute-type: ec2.',
  ],
  [
    /exceeds.*Fargate|EXCEEDS_MAX_FARGATE_SIZE/i,
    'Request at most 16 vCPU and 119.75 GiB of memory, or run the pod on EC2.',
  ],
  [
    /untolerated taint \{eks\.amazonaws\.com\/compute-type: fargate\}/,
    'Only the pod it was made for runs on a Fargate node: add a selector for this pod to a Fargate profile and create the pod again, or add EC2 nodes.',
  ],
  [
    /unbound immediate PersistentVolumeClaims|persistentvolumeclaim .* not found/,
    'Look at the claim: kubectl get pvc. Its StorageClass has to exist, and the EBS CSI add-on to be installed; Fargate takes EFS volumes only.',
  ],
  [
    /Too many pods/,
    'Each instance type takes so many pods: use a larger one, more nodes, or a Fargate profile.',
  ],
  [
    /Insufficient (cpu|memory|ephemeral-storage)/,
    'Raise the node group (eksctl scale nodegroup), lower the requests, or select the pod by a Fargate profile.',
  ],
  [
    /Insufficient /,
    'No node offers the resource: add nodes that do, with the device plugin that announces it.',
  ],
  [
    /didn't match Pod's node affinity\/selector/,
    "Correct the pod's nodeSelector or affinity, or label the nodes (kubectl get nodes --show-labels).",
  ],
  [/untolerated taint/, 'Add a toleration for the taint to the pod, or take the taint off the nodes.'],
  [
    /didn't match pod (anti-)?affinity rules|pod topology spread constraints/,
    'Add nodes in other zones or hosts, or loosen the rule (whenUnsatisfiable: ScheduleAnyway).',
  ],
  [
    /free ports for the requested pod ports/,
    'Two pods with one hostPort need two nodes: leave hostPort out, or add nodes.',
  ],
  [/unschedulable/, 'Nodes are cordoned: kubectl uncordon NODE.'],
  [
    /no nodes available/,
    'The cluster has no nodes: add a node group, or a Fargate profile that selects the pod.',
  ],
]

/** Reasons of a container that waits or has ended. */
const CONTAINER: Readonly<Record<string, string>> = {
  CrashLoopBackOff: 'Read what it said before it ended: kubectl logs POD --previous.',
  Error: 'Read what it said before it ended: kubectl logs POD --previous.',
  OOMKilled: 'Raise the memory limit of the container, or make it use less.',
  ImagePullBackOff:
    'Correct the image or its tag; for a private registry, the execution role or imagePullSecrets.',
  ErrImagePull:
    'Correct the image or its tag; for a private registry, the execution role or imagePullSecrets.',
  ErrImageNeverPull: 'Load the image onto the node, or choose another imagePullPolicy.',
  InvalidImageName: 'Correct the name of the image.',
  CreateContainerConfigError: 'Make the ConfigMap, Secret or key that the message names.',
  RunContainerError: 'Correct command, args or security context as the message says.',
  StartError: 'Correct command or args: the program could not be started.',
}

/** Reasons of events about a pod that is placed and not ready. */
const EVENT: Readonly<Record<string, string>> = {
  Unhealthy: 'Correct the probe (path, port, initialDelaySeconds) or what the program answers to it.',
  FailedMount: 'Make what the volume refers to, or correct its name.',
  FailedAttachVolume: 'The volume is held by another node, or in another zone.',
  FailedCreatePodSandBox: 'Its network could not be made: look for free addresses in the subnet.',
  Evicted: 'The node ran out of what the message names: request what the pod needs.',
}

/** Reason codes of ELBv2's DescribeTargetHealth. */
const TARGET: Readonly<Record<string, string>> = {
  'Elb.RegistrationInProgress': 'Wait: it is being registered.',
  'Elb.InitialHealthChecking': 'Wait: the first health checks are under way.',
  'Elb.InternalError': 'The load balancer could not check: try again.',
  'Target.ResponseCodeMismatch':
    'Have the health check path answer with a code of the matcher (success-codes), or correct the path.',
  'Target.Timeout':
    'Let the security groups of the target admit the load balancer, or answer within the time-out.',
  'Target.FailedHealthChecks':
    'Check that the container listens on the health check port and path, and that security groups admit the load balancer.',
  'Target.NotRegistered': 'Register it: its pod is no ready endpoint of the Service.',
  'Target.NotInUse': 'Give its target group a listener, and its zone a subnet of the load balancer.',
  'Target.DeregistrationInProgress': 'Nothing: it is on its way out.',
  'Target.InvalidState': 'Its instance is stopped or gone.',
  'Target.IpUnusable': 'Another load balancer uses the address.',
  'Target.HealthCheckDisabled': 'Health checks are off for this target group.',
}

/** What to do about why a pod is not placed. */
export function schedulingRemedy(message: string): string {
  return SCHEDULING.find(([pattern]) => pattern.test(message))?.[1] ?? ''
}

/** What to do about the reason that a container waits or has ended for. */
export function containerRemedy(reason: string, pod: string): string {
  return (CONTAINER[reason] ?? '').replace('POD', pod)
}

/** What to do about an event of a pod. */
export function eventRemedy(reason: string): string {
  return EVENT[reason] ?? ''
}

/** What to do about the health of a target. */
export function targetRemedy(reason: string): string {
  return TARGET[reason] ?? ''
}
