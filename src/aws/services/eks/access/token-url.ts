// Owns which URLs an EKS token may be made of: a presigned GetCallerIdentity of STS and nothing else.
// Source: kubernetes-sigs/aws-iam-authenticator pkg/token/token.go (Verify, stsHostsForPartition).

/** All that a presigned GetCallerIdentity may carry; anything else is refused (`parameterWhitelist`). */
const PARAMETERS = new Set([
  'action',
  'version',
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-expires',
  'x-amz-security-token',
  'x-amz-signature',
  'x-amz-signedheaders',
  'x-amz-user-agent',
])

const MAXIMUM_EXPIRES_SECONDS = 900

/**
 * True for a URL that the cluster would fetch to learn who signed it. The host must be one of STS in the region's
 * partition, over HTTPS, or the near endpoint, which listens on loopback addresses alone.
 */
export function isTokenUrl(text: string, region: string): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  const isSts = url.protocol === 'https:' && url.port === '' && isStsHost(url.hostname, region)
  if (!isSts && !isLoopback(url)) return false
  const keys = [...url.searchParams.keys()].map((key) => key.toLowerCase())
  if (new Set(keys).size < keys.length || !keys.every((key) => PARAMETERS.has(key))) return false
  const expires = url.searchParams.get('X-Amz-Expires') ?? ''
  return /^\d{1,3}$/.test(expires) && Number(expires) <= MAXIMUM_EXPIRES_SECONDS
}

// Endpoints of STS: one a region, with a FIPS twin in some, and the old global one of the commercial partition.
function isStsHost(hostname: string, region: string): boolean {
  const isChina = region.startsWith('cn-')
  if (hostname === 'sts.amazonaws.com') return !isChina && !region.startsWith('us-gov-')
  const match = /^sts(?:-fips)?\.([a-z]{2,}(?:-[a-z]+)+-\d)\.(amazonaws\.com(?:\.cn)?)$/.exec(hostname)
  const [, other = '', domain = ''] = match ?? []
  return match !== null && partitionOf(other) === partitionOf(region) && domain.endsWith('.cn') === isChina
}

function partitionOf(region: string): 'aws' | 'aws-cn' | 'aws-us-gov' {
  if (region.startsWith('cn-')) return 'aws-cn'
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'
}

function isLoopback({ protocol, hostname }: URL): boolean {
  if (protocol !== 'http:' && protocol !== 'https:') return false
  return /^127(\.\d{1,3}){3}$/.test(hostname) || hostname === '[::1]' || /(^|\.)localhost$/.test(hostname)
}
