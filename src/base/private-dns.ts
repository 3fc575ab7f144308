// Owns the name that EC2 gives a private address.

/**
 * `ip-10-0-1-23.eu-west-1.compute.internal`, in us-east-1 `ip-10-0-1-23.ec2.internal`: the IP-based private DNS name,
 * which nodes of EKS register with (EC2 user guide, "EC2 instance hostnames and domains").
 */
export function privateDnsName(ip: string, region: string): string {
  const host = `ip-${ip.replaceAll('.', '-')}`
  return region === 'us-east-1' ? `${host}.ec2.internal` : `${host}.${region}.compute.internal`
}
