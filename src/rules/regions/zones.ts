// Owns which availability zones EKS and Fargate do not serve, by the ids that are the same in every account.
// Source: Amazon EKS user guide, "VPC and subnet requirements"; Amazon ECS developer guide, "Fargate Regions"; eksctl pkg/az.

/** Zones in which EKS makes no control plane. */
const WITHOUT_EKS: ReadonlySet<string> = new Set(['use1-az3', 'usw1-az2', 'cac1-az3'])

/** The zones with Fargate, of regions where not all have it. */
const WITH_FARGATE: Readonly<Record<string, readonly string[]>> = {
  'us-west-1': ['usw1-az1', 'usw1-az3'],
  'ap-northeast-1': ['apne1-az1', 'apne1-az2', 'apne1-az4'],
}

/** False where a cluster's subnet is refused (UnsupportedAvailabilityZoneException). */
export function hasEks(zoneId: string): boolean {
  return !WITHOUT_EKS.has(zoneId)
}

/** False where pods of a profile never start. */
export function hasFargate(region: string, zoneId: string): boolean {
  return WITH_FARGATE[region]?.includes(zoneId) ?? true
}
