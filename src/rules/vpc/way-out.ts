// Owns whether what is in a subnet reaches the internet; pure.
// Source: VPC user guide, "Configure route tables", "Internet gateways", "NAT gateways".

export interface RoutedSubnet {
  readonly id: string
  readonly vpcId: string
  /** Instances that start in it get public addresses. */
  readonly mapPublicIp: boolean
}

export interface Routes {
  readonly vpcId: string
  readonly routes: readonly {
    readonly destination: string
    readonly gatewayId?: string
    readonly natGatewayId?: string
  }[]
  /** One without a subnet: the VPC's main table. */
  readonly associations: readonly { readonly subnetId?: string }[]
}

export interface Gateways {
  readonly subnets: readonly RoutedSubnet[]
  readonly tables: readonly Routes[]
  readonly internetGateways: readonly { readonly id: string; readonly vpcId?: string }[]
  readonly natGateways: readonly {
    readonly id: string
    readonly subnetId: string
    readonly connectivity: 'public' | 'private'
    readonly state: string
  }[]
}

/** The route table of a subnet: its own, or else the main one of its VPC. */
export function tableOf<T extends Routes>(
  tables: readonly T[],
  { id, vpcId }: Pick<RoutedSubnet, 'id' | 'vpcId'>,
): T | undefined {
  const own = tables.filter((table) => table.vpcId === vpcId)
  return (
    own.find(({ associations }) => associations.some(({ subnetId }) => subnetId === id)) ??
    own.find(({ associations }) => associations.some(({ subnetId }) => subnetId === undefined))
  )
}

/**
 * Whether nodes and pods in the subnet reach the internet: by an internet gateway, for which they need public addresses
 * (pods go out with that of their node), or by a public NAT gateway whose own subnet has an internet gateway.
 */
export function hasWayOut(subnet: RoutedSubnet, gateways: Gateways): boolean {
  const { internetGateways, natGateways, subnets, tables } = gateways
  const route = tableOf(tables, subnet)?.routes.find(({ destination }) => destination === '0.0.0.0/0')
  if (!route) return false
  const isAttached = internetGateways.some(
    ({ id, vpcId }) => id === route.gatewayId && vpcId === subnet.vpcId,
  )
  if (isAttached) return subnet.mapPublicIp
  const nat = natGateways.find(({ id }) => id === route.natGatewayId)
  if (nat?.state !== 'available' || nat.connectivity !== 'public') return false
  const home = subnets.find(({ id }) => id === nat.subnetId)
  // It has an address of its own, whatever its subnet gives to instances.
  return home !== undefined && leadsToInternetGateway(home, gateways)
}

function leadsToInternetGateway(subnet: RoutedSubnet, { tables, internetGateways }: Gateways): boolean {
  const route = tableOf(tables, subnet)?.routes.find(({ destination }) => destination === '0.0.0.0/0')
  return internetGateways.some(({ id, vpcId }) => id === route?.gatewayId && vpcId === subnet.vpcId)
}
