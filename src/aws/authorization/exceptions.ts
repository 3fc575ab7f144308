// Owns where authorization differs from what the names of services, operations and members say by themselves.

/** By signing name, where actions have another prefix. */
export const PREFIXES: Readonly<Record<string, string>> = { tagging: 'tag' }

/** By `prefix:Operation`, where the action has another name (Service Authorization Reference, "Amazon S3", "AWS KMS"). */
export const ACTIONS: Readonly<Record<string, string>> = {
  'kms:ReEncrypt': 'kms:ReEncryptFrom',
  's3:CopyObject': 's3:PutObject',
  's3:DeleteBucketEncryption': 's3:PutEncryptionConfiguration',
  's3:DeleteBucketLifecycle': 's3:PutLifecycleConfiguration',
  's3:DeleteBucketOwnershipControls': 's3:PutBucketOwnershipControls',
  's3:DeleteBucketTagging': 's3:PutBucketTagging',
  's3:DeleteObjects': 's3:DeleteObject',
  's3:DeletePublicAccessBlock': 's3:PutBucketPublicAccessBlock',
  's3:GetBucketEncryption': 's3:GetEncryptionConfiguration',
  's3:GetBucketLifecycleConfiguration': 's3:GetLifecycleConfiguration',
  's3:GetBucketNotificationConfiguration': 's3:GetBucketNotification',
  's3:GetPublicAccessBlock': 's3:GetBucketPublicAccessBlock',
  's3:HeadBucket': 's3:ListBucket',
  's3:HeadObject': 's3:GetObject',
  's3:ListBuckets': 's3:ListAllMyBuckets',
  's3:ListObjectVersions': 's3:ListBucketVersions',
  's3:ListObjects': 's3:ListBucket',
  's3:ListObjectsV2': 's3:ListBucket',
  's3:PutBucketEncryption': 's3:PutEncryptionConfiguration',
  's3:PutBucketLifecycleConfiguration': 's3:PutLifecycleConfiguration',
  's3:PutPublicAccessBlock': 's3:PutBucketPublicAccessBlock',
}

/** By prefix: types of resources of which there are none here, though a request's members would fill in their ARNs. */
export const ABSENT: Readonly<Record<string, readonly string[]>> = {
  s3: ['accesspoint', 'accesspointobject', 'multiregionaccesspoint', 'objectlambdaaccesspoint'],
}

/** Allowed whatever policies say: API references of GetCallerIdentity and GetSessionToken ("No permissions …"). */
export const ALWAYS_ALLOWED: ReadonlySet<string> = new Set([
  'sts:GetCallerIdentity',
  'sts:GetSessionToken',
  // Unsigned: the trust policy of the role is all there is.
  'sts:AssumeRoleWithWebIdentity',
  'sts:AssumeRoleWithSAML',
])

/** By `prefix:Variable` of an ARN: the members that hold its value, where they are not called like it. */
export const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  'autoscaling:GroupFriendlyName': ['AutoScalingGroupName', 'AutoScalingGroupNames'],
  'ec2:DhcpOptionsId': ['DhcpOptionsId', 'DhcpOptionsIds'],
  'ec2:KeyPairName': ['KeyName', 'KeyNames', 'KeyPairId'],
  'ec2:NaclId': ['NetworkAclId'],
  'ec2:PlacementGroupName': ['GroupName'],
  'ec2:SecurityGroupId': ['GroupId', 'SecurityGroupId', 'SecurityGroupIds', 'Groups'],
  'ec2:ElasticGpuId': [],
  'eks:ClusterName': ['clusterName', 'name'],
  'eks:IamIdentityName': [],
  'eks:IamIdentityType': [],
  'eks:IamIdentityAccountID': [],
  'elasticloadbalancing:LoadBalancerName': ['LoadBalancerName', 'LoadBalancerNames', 'Name'],
  'elasticloadbalancing:TargetGroupName': ['TargetGroupName', 'Name'],
  'iam:GroupNameWithPath': ['GroupName'],
  'iam:InstanceProfileNameWithPath': ['InstanceProfileName'],
  'iam:MfaTokenIdWithPath': ['VirtualMFADeviceName', 'SerialNumber'],
  'iam:OidcProviderName': ['Url'],
  'iam:PolicyNameWithPath': [],
  'iam:RoleNameWithPath': ['RoleName'],
  'iam:SamlProviderName': ['Name'],
  'iam:UserNameWithPath': ['UserName'],
  'kms:Alias': ['AliasName'],
  'logs:LogGroupName': ['logGroupName', 'logGroupNames', 'logGroupIdentifier'],
  's3:BucketName': ['Bucket'],
  's3:ObjectName': ['Key'],
  'ssm:ParameterNameWithoutLeadingSlash': ['Name', 'Names', 'Path'],
  'sts:FederatedUserName': ['Name'],
}

/** By condition key: the member that holds its value, where it is not called like the key. */
export const KEY_MEMBERS: Readonly<Record<string, string>> = {
  'eks:accessEntryType': 'type',
  'eks:accessScope': 'accessScope.type',
  'eks:kubernetesVersion': 'version',
  'eks:supportType': 'supportType',
  'elasticloadbalancing:ListenerProtocol': 'Protocol',
  'elasticloadbalancing:SecurityGroup': 'SecurityGroups',
  'elasticloadbalancing:SecurityPolicy': 'SslPolicy',
  'elasticloadbalancing:Subnet': 'Subnets',
}

/** What is shown of an action that has no resources, by prefix; `*` for other services, nothing where undefined. */
export const SHOWN: Readonly<Record<string, string | undefined>> = {
  autoscaling: undefined,
  cloudformation: 'arn:${Partition}:cloudformation:${Region}:${Account}:stack/*/*',
  ec2: undefined,
  eks: 'arn:${Partition}:eks:${Region}:${Account}:cluster/*',
  elasticloadbalancing: undefined,
  logs: 'arn:${Partition}:logs:${Region}:${Account}:log-group::log-stream:',
}

/** EKS evaluates CreateCluster against the cluster's ARN, although it is published without resources (aws/amazon-cloudwatch-agent-test#220). */
export const RESOURCES: Readonly<Record<string, string>> = {
  'eks:CreateCluster': 'arn:${Partition}:eks:${Region}:${Account}:cluster/${ClusterName}',
}

/** Types of EC2 resources by the beginning of their ids, for calls that take any. */
export const EC2_TYPES: Readonly<Record<string, string>> = {
  acl: 'network-acl',
  ami: 'image',
  dopt: 'dhcp-options',
  eigw: 'egress-only-internet-gateway',
  eipalloc: 'elastic-ip',
  eni: 'network-interface',
  fl: 'vpc-flow-log',
  fleet: 'fleet',
  i: 'instance',
  igw: 'internet-gateway',
  key: 'key-pair',
  lt: 'launch-template',
  nat: 'natgateway',
  pcx: 'vpc-peering-connection',
  pg: 'placement-group',
  pl: 'prefix-list',
  rtb: 'route-table',
  sg: 'security-group',
  sgr: 'security-group-rule',
  snap: 'snapshot',
  subnet: 'subnet',
  vol: 'volume',
  vpc: 'vpc',
  vpce: 'vpc-endpoint',
}
