// Owns the names by which the load balancer controller marks what is its own: those of its chart, and those that EKS Auto
// Mode runs it with.
// Source: aws-load-balancer-controller (pkg/service, pkg/ingress, pkg/deploy/tracking); EKS user guide, "Use Service
// Annotations to configure Network Load Balancers", "Create an IngressClass to configure an Application Load Balancer";
// AWS's managed policy AmazonEKSLoadBalancingPolicy (tags).

/** Who the controller is in a cluster: one that is installed, or a part of EKS. */
export interface Edition {
  /** Of Services that it takes, and gives to new ones. */
  readonly loadBalancerClass: string
  /** Its name in an IngressClass. */
  readonly ingressController: string
  /** Group and version of IngressClassParams and TargetGroupBindings. */
  readonly group: string
  readonly version: string
  /** The tag that names the cluster. */
  readonly clusterTag: string
  /** What the tags, labels and finalizers of a Service's resources begin with. */
  readonly service: string
  /** The same of a group of Ingresses. */
  readonly ingress: string
  /** The same of what load balancers share. */
  readonly shared: string
  /** The tag of the security group that all load balancers share. */
  readonly sharedGroupTag: { readonly key: string; readonly value: string }
  /** Whether Services and Ingresses may ask by annotations alone, as they did before there were classes. */
  readonly takesAnnotated: boolean
}

/** The controller that its chart installs. */
export const CHART: Edition = {
  loadBalancerClass: 'service.k8s.aws/nlb',
  ingressController: 'ingress.k8s.aws/alb',
  group: 'elbv2.k8s.aws',
  version: 'v1beta1',
  clusterTag: 'elbv2.k8s.aws/cluster',
  service: 'service.k8s.aws',
  ingress: 'ingress.k8s.aws',
  shared: 'elbv2.k8s.aws',
  sharedGroupTag: { key: 'elbv2.k8s.aws/resource', value: 'backend-sg' },
  takesAnnotated: true,
}

/** The one of EKS Auto Mode. */
export const AUTO_MODE: Edition = {
  loadBalancerClass: 'eks.amazonaws.com/nlb',
  ingressController: 'eks.amazonaws.com/alb',
  group: 'eks.amazonaws.com',
  version: 'v1',
  clusterTag: 'eks:eks-cluster-name',
  service: 'service.eks.amazonaws.com',
  ingress: 'ingress.eks.amazonaws.com',
  shared: 'elbv2.eks.amazonaws.com',
  sharedGroupTag: { key: 'service.eks.amazonaws.com/resource', value: 'ManagedBackendSecurityGroup' },
  takesAnnotated: false,
}

/** Both. */
export const EDITIONS: readonly Edition[] = [CHART, AUTO_MODE]

/** On Services whose AWS resources the controller has yet to remove. */
export function serviceFinalizer({ service }: Edition): string {
  return `${service}/resources`
}

/** The finalizer of TargetGroupBindings. */
export function bindingFinalizer({ shared }: Edition): string {
  return `${shared}/resources`
}

/** What the tags and labels of a Gateway's resources begin with, by the load balancer it stands for. */
export const GATEWAY_PREFIXES = { alb: 'gateway.k8s.aws.alb', nlb: 'gateway.k8s.aws.nlb' } as const

const RESOURCE_TAGS = [
  ...EDITIONS.flatMap(({ service, ingress }) => [service, ingress]),
  ...Object.values(GATEWAY_PREFIXES),
].map((prefix) => `${prefix}/resource`)

/** Among the tags of something that the controller has made, the one that says which part of its stack it is. */
export function resourceTagOf(tags: Readonly<Record<string, string>>): string {
  return RESOURCE_TAGS.find((key) => tags[key] !== undefined) ?? `${CHART.service}/resource`
}
