// Owns the rights that the VPC CNI needs in an IPv6 cluster, for which AWS has no managed policy.
// Source: amazon-vpc-cni-k8s docs/iam-policy.md ("IPv6 Mode"); eksctl pkg/actions/addon/create.go.
import { partitionOf } from '../regions/partitions.ts'

const ON_EVERYTHING = [
  'AssignIpv6Addresses',
  'DescribeInstances',
  'DescribeTags',
  'DescribeNetworkInterfaces',
  'DescribeInstanceTypes',
  'DescribeSubnets',
  'DescribeSecurityGroups',
]

/** The policy document, as IAM takes it. @param region whose partition the ARNs are of */
export function ipv6CniPolicy(region: string) {
  const partition = partitionOf(region)?.name ?? 'aws'
  return {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: ON_EVERYTHING.map((name) => `ec2:${name}`), Resource: '*' },
      {
        Effect: 'Allow',
        Action: ['ec2:CreateTags'],
        Resource: `arn:${partition}:ec2:*:*:network-interface/*`,
      },
    ],
  }
}
