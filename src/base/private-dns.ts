// Owns the name that EC2 gives a private address, and the domain of such names.

/**
 * `ip-10-0-1-23.eu-west-1.compute.internal`, in us-east-1 `ip-10-0-1-23.ec2.internal`: the IP-based private DNS name,
 * which nodes of EKS register with (EC2 user guide, "EC2 instance hostnames and domains").
 */
export function privateDnsName(ip: string, region: string): string {
  return `ip-${ip.replaceAll('.', '-')}.${privateDomain(region)}`
}

/** `i-0123456789abcdef.eu-west-1.compute.internal`: the resource-based name, which a subnet may ask for. */
export function resourceDnsName(instanceId: string, region: string): string {
  return `${instanceId}.${privateDomain(region)}`
}

/** `eu-west-1.compute.internal`, in us-east-1 `ec2.internal`. */
export function privateDomain(region: string): string {
  return region === 'us-east-1' ? 'ec2.internal' : `${region}.compute.internal`
}
