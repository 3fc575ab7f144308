// Owns the quotas that an AWS account begins with, of the services that run near. Pure.
// Source: each service's "quotas" page in its user guide; codes as `aws service-quotas list-aws-default-service-quotas`
// prints them.

import { InternalError } from '../../base/errors.ts'

/** One quota with the value that AWS gives every account. */
export interface Quota {
  readonly service: string
  readonly code: string
  readonly name: string
  readonly value: number
  readonly isAdjustable: boolean
}

/** Names of the services as Service Quotas has them. */
export const QUOTA_SERVICES: Readonly<Record<string, string>> = {
  ec2: 'Amazon Elastic Compute Cloud (Amazon EC2)',
  eks: 'Amazon Elastic Kubernetes Service (Amazon EKS)',
  elasticloadbalancing: 'Elastic Load Balancing (ELB)',
  fargate: 'AWS Fargate',
  vpc: 'Amazon Virtual Private Cloud (Amazon VPC)',
}

type Row = readonly [code: string, name: string, value: number, fixed?: 'fixed']

const TABLE: Readonly<Record<string, readonly Row[]>> = {
  ec2: [
    ['L-1216C47A', 'Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances', 5],
    ['L-DB2E81BA', 'Running On-Demand G and VT instances', 0],
    ['L-417A185B', 'Running On-Demand P instances', 0],
    ['L-1945791B', 'Running On-Demand Inf instances', 0],
    ['L-2C3B7624', 'Running On-Demand Trn instances', 0],
    ['L-7295265B', 'Running On-Demand X instances', 0],
    ['L-34B43A08', 'All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests', 5],
    ['L-0263D0A3', 'EC2-VPC Elastic IPs', 5],
  ],
  eks: [
    ['L-1194D53C', 'Clusters', 100],
    ['L-11427A54', 'Control plane security groups per cluster', 4, 'fixed'],
    ['L-33415657', 'Fargate profiles per cluster', 10],
    ['L-23414FF3', 'Label pairs per Fargate profile selector', 5],
    ['L-6D54EA21', 'Managed node groups per cluster', 30],
    ['L-BD136A63', 'Nodes per managed node group', 450],
    ['L-93A74D60', 'Public endpoint access CIDR ranges per cluster', 40, 'fixed'],
    ['L-FDFA5F81', 'Registered clusters', 10],
    ['L-D78D8AF8', 'Selectors per Fargate profile', 5],
  ],
  elasticloadbalancing: [
    ['L-53DA6B97', 'Application Load Balancers per Region', 50],
    ['L-B6DF7632', 'Listeners per Application Load Balancer', 50],
    ['L-7EED9B64', 'Rules per Application Load Balancer', 100],
    ['L-7E6692B2', 'Targets per Application Load Balancer', 1000],
    ['L-9365A611', 'Certificates per Application Load Balancer', 25],
    ['L-69A177A2', 'Network Load Balancers per Region', 50],
    ['L-57A373D6', 'Listeners per Network Load Balancer', 50, 'fixed'],
    ['L-EEF1AD04', 'Targets per Network Load Balancer', 3000],
    ['L-52964454', 'Certificates per Network Load Balancer', 25],
    ['L-B22855CB', 'Target Groups per Region', 3000],
    ['L-A0D0B863', 'Targets per Target Group per Region', 1000],
  ],
  fargate: [
    ['L-3032A538', 'Fargate On-Demand vCPU resource count', 6],
    ['L-36FBB829', 'Fargate Spot vCPU resource count', 6],
  ],
  vpc: [
    ['L-F678F1CE', 'VPCs per Region', 5],
    ['L-407747CB', 'Subnets per VPC', 200],
    ['L-589F43AA', 'Route tables per VPC', 200],
    ['L-A4707A72', 'Internet gateways per Region', 5],
    ['L-FE5A380F', 'NAT gateways per Availability Zone', 5],
    ['L-DF5E4CA3', 'Network interfaces per Region', 5000],
    ['L-E79EC296', 'VPC security groups per Region', 2500],
    ['L-0EA8095F', 'Inbound or outbound rules per security group', 60],
    ['L-2AFB9258', 'Security groups per network interface', 5],
    ['L-B4A6D682', 'Network ACLs per VPC', 200],
    ['L-2AEEBF1A', 'Rules per network ACL', 20],
    ['L-29B6F2EB', 'Interface VPC endpoints per VPC', 50],
    ['L-1B52E74A', 'Gateway VPC endpoints per Region', 20],
    ['L-83CA0A9D', 'IPv4 CIDR blocks per VPC', 5],
  ],
}

const QUOTAS: readonly Quota[] = Object.entries(TABLE).flatMap(([service, rows]) =>
  rows.map(([code, name, value, fixed]) => ({
    service,
    code,
    name,
    value,
    isAdjustable: fixed === undefined,
  })),
)

/** One quota by its code. @throws InternalError for one that is not among them */
export function findQuota(service: string, code: string): Quota {
  const found = QUOTAS.find((quota) => quota.service === service && quota.code === code)
  if (found) return found
  throw new InternalError(`there is no quota ${service}/${code}`)
}

/** The quotas of a service, none for one that has none here. */
export function quotasOf(service: string): readonly Quota[] {
  return QUOTAS.filter((quota) => quota.service === service)
}
