// Owns what is lost when a resource of a stack is replaced or removed: what has state, and what may come and go.

/** What a change of a stack does to one resource, in the words of a change set. */
export interface ResourceChange {
  readonly action: 'Add' | 'Modify' | 'Remove' | 'Import' | 'Dynamic' | 'SyncWithActual'
  readonly type: string
  /** `Conditional`: CloudFormation knows only when it gets there. */
  readonly replacement?: 'True' | 'False' | 'Conditional'
}

// What the old one takes with it, and the new one does not bring. Types that eksctl's stacks hold, and those that
// people add to them.
const STATEFUL: Readonly<Record<string, string>> = {
  'AWS::EKS::Cluster': 'every Kubernetes object in it',
  'AWS::EKS::Nodegroup': 'its nodes, and the pods on them',
  'AWS::EKS::FargateProfile': 'the pods that it runs',
  'AWS::EKS::Addon': 'its pods, and what was changed in them',
  'AWS::EKS::AccessEntry': 'the access of its principal',
  'AWS::AutoScaling::AutoScalingGroup': 'its instances, and the pods on them',
  'AWS::EC2::VPC': 'everything in the network',
  'AWS::EC2::VPCCidrBlock': 'every address in it',
  'AWS::EC2::Subnet': 'every network interface in it',
  'AWS::EC2::InternetGateway': 'the connections through it',
  'AWS::EC2::NatGateway': 'its public address, and the connections through it',
  'AWS::EC2::EIP': 'its public address, which others may have allowed',
  'AWS::EC2::RouteTable': 'its routes, those made by hand among them',
  'AWS::EC2::SecurityGroup': 'its rules, those made by hand and those that name it among them',
  'AWS::IAM::Role': 'the permissions of whatever uses it',
  'AWS::IAM::ManagedPolicy': 'the permissions of every role that it is attached to',
  'AWS::IAM::InstanceProfile': 'the permissions of the instances that use it',
  'AWS::IAM::OIDCProvider': 'the roles of all service accounts',
  'AWS::Logs::LogGroup': 'the logs in it',
}

// Nothing is kept in these, and nothing but their own stack refers to them.
const STATELESS: ReadonlySet<string> = new Set([
  'AWS::EC2::LaunchTemplate',
  'AWS::EC2::Route',
  'AWS::EC2::SecurityGroupEgress',
  'AWS::EC2::SecurityGroupIngress',
  'AWS::EC2::SubnetRouteTableAssociation',
  'AWS::EC2::VPCGatewayAttachment',
  'AWS::IAM::Policy',
])

/**
 * What is lost by a change, for a sentence `… would be replaced: NAME, with LOSS`; undefined when nothing is.
 * A type that is in neither list may hold anything.
 */
export function lossOf(change: ResourceChange): string | undefined {
  if (!isGone(change) || STATELESS.has(change.type)) return undefined
  return STATEFUL[change.type] ?? `whatever it holds`
}

// eksctl's templates name these; CloudFormation makes the new one first, and cannot while the old one has the name.
const NAMED: ReadonlySet<string> = new Set(['AWS::EKS::Cluster', 'AWS::EKS::Nodegroup'])

/**
 * True when CloudFormation will refuse the change: `CloudFormation cannot update a stack when a custom-named resource
 * requires replacing` (its user guide, "Update behaviors of stack resources" and the page of the Name type).
 */
export function isRefused(change: ResourceChange): boolean {
  return change.action === 'Modify' && isGone(change) && NAMED.has(change.type)
}

// A replacement that is not certain is one that must be reckoned with.
function isGone({ action, replacement }: ResourceChange): boolean {
  return action === 'Remove' || (action === 'Modify' && (replacement ?? 'False') !== 'False')
}
